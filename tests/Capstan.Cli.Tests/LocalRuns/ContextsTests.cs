using System.Globalization;
using System.Text;
using System.Text.Json;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>
/// What a job on this machine sees: every context and every default variable, by the server's builder of contexts and the runner together.
/// Sources: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts, https://docs.github.com/en/actions/reference/workflows-and-actions/variables
/// </summary>
public sealed class ContextsTests : IDisposable
{
    private const string Workflow =
        """
        name: Contexts
        on: push
        env: { OF_WORKFLOW: w }
        jobs:
          before:
            runs-on: ubuntu-latest
            outputs: { made: "${{ steps.make.outputs.made }}" }
            steps:
              - id: make
                run: echo made=here >> "$GITHUB_OUTPUT"
          look:
            needs: before
            runs-on: ubuntu-latest
            env: { OF_JOB: j }
            strategy: { fail-fast: false, max-parallel: 1, matrix: { color: [red] } }
            steps:
              - { id: done, run: "echo a=1 >> $GITHUB_OUTPUT" }
              - id: asks
                env:
                  OF_STEP: s
                  SEEN: >-
                    {"github": ${{ toJSON(github) }}, "env": ${{ toJSON(env) }}, "job": ${{ toJSON(job) }}, "runner": ${{ toJSON(runner) }}, "steps": ${{ toJSON(steps) }},
                    "needs": ${{ toJSON(needs) }}, "matrix": ${{ toJSON(matrix) }}, "strategy": ${{ toJSON(strategy) }}, "vars": ${{ toJSON(vars) }}, "inputs": ${{ toJSON(inputs) }}}
                run: |
                  printf '%s' "$SEEN" | tr -d '\n' | sed 's/^/SEEN /'; echo
                  env | sort | sed 's/^/ENV /'
        """;

    private const string Asking = "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: 'echo ID $GITHUB_RUN_ID' }] } }";

    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task Every_context_of_a_job_on_a_host_has_its_value()
    {
        var (commit, lines) = await RunAsync();
        var seen = JsonDocument.Parse(lines.Single(line => line.StartsWith("SEEN ", StringComparison.Ordinal))["SEEN ".Length..]).RootElement;
        var workspace = seen.GetProperty("github").GetProperty("workspace").GetString()!;
        var temp = seen.GetProperty("runner").GetProperty("temp").GetString()!;

        foreach (var (path, expected) in new (string Path, string Expected)[]
        {
            ("github.action", "asks"), ("github.actor", "ann"), ("github.api_url", ""), ("github.base_ref", ""), ("github.event_name", "push"),
            ("github.event_path", temp + "/_github_workflow/event.json"), ("github.graphql_url", ""), ("github.head_ref", ""), ("github.job", "look"),
            ("github.ref", "refs/heads/main"), ("github.ref_name", "main"), ("github.ref_protected", "False"), ("github.ref_type", "branch"), ("github.retention_days", "90"),
            ("github.run_attempt", "1"), ("github.run_number", "1"), ("github.secret_source", "Actions"), ("github.sha", commit),
            ("github.workflow", "Contexts"), ("github.workflow_sha", commit), ("github.event.ref", "refs/heads/main"),
            ("runner.os", "Linux"), ("runner.environment", "self-hosted"), ("runner.name", Environment.MachineName), ("runner.workspace", Path.GetDirectoryName(workspace)!),
            ("job.status", "success"), ("env.OF_WORKFLOW", "w"), ("env.OF_JOB", "j"), ("steps.done.outputs.a", "1"), ("steps.done.outcome", "success"), ("steps.done.conclusion", "success"),
            ("needs.before.result", "success"), ("needs.before.outputs.made", "here"), ("matrix.color", "red"), ("vars.REGION", "north"),
            ("strategy.fail-fast", "False"), ("strategy.job-index", "0"), ("strategy.job-total", "1"), ("strategy.max-parallel", "1"),
        })
        {
            Assert.True(Find(seen, path) is { } found, $"{path} is missing");
            Assert.Equal((path, expected), (path, Find(seen, path).ToString()));
        }

        foreach (var name in new[] { "actor_id", "event", "repository", "repository_id", "repository_owner", "repository_owner_id", "repositoryUrl", "server_url", "token", "triggering_actor", "workflow_ref" })
        {
            Assert.True(seen.GetProperty("github").TryGetProperty(name, out _), $"github.{name} is missing");
        }

        // The files of the step that asks, which its program then writes to.
        foreach (var (name, variable) in new[] { ("env", "GITHUB_ENV"), ("output", "GITHUB_OUTPUT"), ("path", "GITHUB_PATH"), ("state", "GITHUB_STATE"), ("step_summary", "GITHUB_STEP_SUMMARY") })
        {
            Assert.Equal($"ENV {variable}={seen.GetProperty("github").GetProperty(name).GetString()}", lines.Single(line => line.StartsWith($"ENV {variable}=", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Every_default_variable_of_a_job_on_a_host_has_its_value_and_no_other_is_there()
    {
        var (commit, lines) = await RunAsync();
        var seen = JsonDocument.Parse(lines.Single(line => line.StartsWith("SEEN ", StringComparison.Ordinal))["SEEN ".Length..]).RootElement;
        var variables = lines.Where(line => line.StartsWith("ENV ", StringComparison.Ordinal)).Select(line => line["ENV ".Length..].Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

        // Each is the property of that name.
        foreach (var name in (string[])
        [
            "ACTION", "ACTOR", "ACTOR_ID", "API_URL", "BASE_REF", "ENV", "EVENT_NAME", "EVENT_PATH", "GRAPHQL_URL", "HEAD_REF", "JOB", "OUTPUT", "PATH", "REF", "REF_NAME", "REF_PROTECTED", "REF_TYPE",
            "REPOSITORY", "REPOSITORY_ID", "REPOSITORY_OWNER", "REPOSITORY_OWNER_ID", "RETENTION_DAYS", "RUN_ATTEMPT", "RUN_ID", "RUN_NUMBER", "SERVER_URL", "SHA", "STATE", "STEP_SUMMARY",
            "TRIGGERING_ACTOR", "WORKFLOW", "WORKFLOW_REF", "WORKFLOW_SHA", "WORKSPACE",
        ])
        {
            Assert.Equal((name, seen.GetProperty("github").GetProperty(name.ToLowerInvariant()).ToString().Replace("False", "false", StringComparison.Ordinal)), (name, variables["GITHUB_" + name]));
        }

        foreach (var name in (string[])["NAME", "OS", "ARCH", "TEMP", "TOOL_CACHE", "ENVIRONMENT", "WORKSPACE"])
        {
            Assert.Equal((name, seen.GetProperty("runner").GetProperty(name.ToLowerInvariant()).GetString()), (name, variables["RUNNER_" + name]));
        }

        Assert.Equal(("true", "true", commit), (variables["CI"], variables["GITHUB_ACTIONS"], variables["GITHUB_SHA"]));
        Assert.Equal(("w", "j", "s"), (variables["OF_WORKFLOW"], variables["OF_JOB"], variables["OF_STEP"]));
        Assert.DoesNotContain("RUNNER_DEBUG", variables.Keys);
        Assert.DoesNotContain("GITHUB_TOKEN", variables.Keys);
        Assert.DoesNotContain(variables.Keys, name => name.StartsWith("ACTIONS_", StringComparison.Ordinal) || name.StartsWith("INPUT_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_run_has_an_id_of_its_own_larger_than_those_before()
    {
        repository.Workflow("a.yml", Asking).Workflow("b.yml", Asking);
        repository.Commit();
        var ids = (await EventsAsync("--json")).Concat(await EventsAsync("--json"))
            .Where(e => e.GetProperty("type").GetString() == "log" && e.GetProperty("text").GetString()!.StartsWith("ID ", StringComparison.Ordinal))
            .Select(e => (Given: long.Parse(e.GetProperty("text").GetString()!["ID ".Length..], CultureInfo.InvariantCulture), OfEvent: e.GetProperty("run_id").GetInt64()))
            .ToList();

        Assert.Equal(4, ids.Count);
        Assert.All(ids, id => Assert.Equal(id.OfEvent, id.Given));
        Assert.Equal(ids.Select(id => id.Given).Distinct().Order(), ids.Select(id => id.Given));
    }

    private async Task<(string Commit, List<string> Lines)> RunAsync()
    {
        repository.Workflow("a.yml", Workflow);
        var commit = repository.Commit();
        var events = await EventsAsync("--json", "--var", "REGION=north", "--github", "actor=ann");
        return (commit, [.. events.Where(e => e.GetProperty("type").GetString() == "log").Select(e => e.GetProperty("text").GetString()!)]);
    }

    private async Task<List<JsonElement>> EventsAsync(params string[] arguments)
    {
        var output = new MemoryStream();
        var options = RunOptions.Parse(arguments) with { Folder = repository.Root };
        var exit = await CapstanRun.RunAsync(options, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.True(exit == ExitCodes.Good, text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static JsonElement Find(JsonElement element, string path) =>
        path.Split('.').Aggregate(element, (inner, name) => inner.TryGetProperty(name, out var value) ? value : throw new InvalidOperationException($"{path} is missing"));
}
