using Capstan.Cli.Terminals;
using Capstan.Orchestration.Forecasts;
using Capstan.Workflows.Definitions;

namespace Capstan.Cli.LocalRuns;

/// <summary>The secrets of local runs: what was given, and what is read without being given. A server has them in its settings; here a person is asked.</summary>
internal static class LocalSecrets
{
    private const string Token = "GITHUB_TOKEN";

    /// <summary>Files first, in their order; what was typed wins.</summary>
    public static Dictionary<string, string> Given(RunOptions options)
    {
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in options.SecretFiles)
        {
            AddAll(Path.GetFullPath(file, Path.GetFullPath(options.Folder)), all);
        }

        foreach (var (name, value) in options.Secrets)
        {
            all[name] = value;
        }

        return all;
    }

    private static void AddAll(string file, Dictionary<string, string> secrets)
    {
        foreach (var (name, value) in SecretFile.Read(file))
        {
            secrets[name] = value;
        }
    }

    /// <summary>
    /// Asks for each secret that is missing; where nobody can be asked, names them all. A missing secret is no error: as on a server it is empty, and many workflows
    /// ask whether it is.
    /// </summary>
    /// <param name="prompt">Null: nobody can be asked.</param>
    public static void Complete(IReadOnlyList<WorkflowDefinition> fired, LocalEvent happened, RunOptions options, Terminal terminal, Prompt? prompt)
    {
        var missing = Missing(fired, happened, options);
        if (missing.Count == 0)
        {
            return;
        }

        if (prompt is null)
        {
            terminal.Error($"{(missing.Count == 1 ? "A secret is" : "Secrets are")} read and not given, so empty: {string.Join(", ", missing)}. Give with --secret NAME=VALUE or --secret-file FILE.");
            return;
        }

        foreach (var name in missing)
        {
            // An empty one, too, is an answer: with --watch it is not asked for again.
            options.Secrets[name] = prompt.SecretIfAny($"Secret {name} (Enter: leave it empty)") ?? "";
        }
    }

    /// <summary>What jobs and steps that may run read, by name.</summary>
    private static List<string> Missing(IReadOnlyList<WorkflowDefinition> fired, LocalEvent happened, RunOptions options)
    {
        var given = Given(options);
        return [.. fired
            .Where(workflow => LocalInputs.Problems(workflow, happened, options).Count == 0)
            .SelectMany(workflow => RunForecaster.Foresee(workflow, LocalFacts.Of(workflow, happened, options, runId: 1)).Jobs)
            .SelectMany(job => Read(job, options))
            .Where(name => !given.ContainsKey(name) && !name.Equals(Token, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>A called workflow reads secrets under names of its own, unless its caller hands on all. Left out is what a job gets from its environment.</summary>
    private static IEnumerable<string> Read(JobForecast job, RunOptions options)
    {
        if (job.Condition.Holds == false)
        {
            return [];
        }

        var steps = job.Steps.Where(step => step.Condition.Holds != false).SelectMany(step => step.Secrets.Names);
        var own = job.Secrets.Names.Concat(steps).Where(name => job.Legs.Count == 0 || job.Legs.Any(leg => !GetsFrom(leg.Environment, name, options)));
        return own.Concat(job.Secrets.IsEverything ? job.Called.SelectMany(called => Read(called, options)) : []);
    }

    /// <summary>A name that is not known yet may turn out to be any.</summary>
    private static bool GetsFrom(EnvironmentForecast? environment, string secret, RunOptions options) =>
        environment is not null && options.EnvironmentSecrets.Any(of =>
            (environment.Name.DependsOn.Count > 0 || of.Key.Equals(environment.Name.Text, StringComparison.OrdinalIgnoreCase)) && of.Value.ContainsKey(secret));
}
