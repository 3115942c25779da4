using System.Net.Http.Json;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Identity;
using Capstan.Server.Tests.Git;
using Capstan.Server.Triggers;
using Xunit;

namespace Capstan.Server.Tests.Triggers;

/// <summary>From a push, by the real git over HTTP, to its decisions and runs.</summary>
public sealed class TriggerTests(GitServer git) : IClassFixture<GitServer>
{
    private const string Job = "jobs: {build: {runs-on: linux, steps: [{run: 'true'}]}}";

    [Fact]
    public async Task A_push_becomes_a_numbered_run_of_each_workflow_that_it_fires_and_the_others_say_why_not()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\n{Job}");
        await work.CommitAsync(".github/workflows/b.yaml", $"on: {{push: {{branches: [release]}}}}\n{Job}");
        await work.CommitAsync(".github/workflows/readme.md", "no workflow");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();

        var @event = Assert.Single(await EventsAsync(repository));
        Assert.Equal(("processed", null, await work.HeadAsync()), (@event.State, @event.Why, @event.HeadSha));
        Assert.Equal([(".github/workflows/a.yml", true), (".github/workflows/b.yaml", false)], @event.Decisions.Select(decision => (decision.Workflow, decision.Fired)));
        Assert.Equal(1, @event.Decisions[0].RunNumber);
        Assert.Contains("release", @event.Decisions[1].Why, StringComparison.Ordinal);

        await work.CommitAsync("b.txt", "b");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();
        Assert.Equal(2, (await EventsAsync(repository))[0].Decisions[0].RunNumber);
        Assert.Equal(["Change b.txt"], await repository.QueryAsync<string>("select title from actions_workflow_runs where repository_id = @Repository and run_number = 2"));
    }

    [Fact]
    public async Task An_invalid_workflow_is_taken_and_makes_a_run_that_failed_to_start()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/broken.yml", "on: push\njobs: {build: {runs-on: linux, steps: [{rum: x}]}}");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();
        Assert.Equal(["startup_failure"], await repository.QueryAsync<string>("select conclusion from actions_workflow_runs where repository_id = @Repository"));
        Assert.Equal(1, Assert.Single(Assert.Single(await EventsAsync(repository)).Decisions).RunNumber);
    }

    [Fact]
    public async Task A_workflow_that_is_too_large_fails_to_start_and_keeps_no_other_from_it()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\n{Job}{new string(' ', WorkflowFiles.MaxFileBytes)}");
        await work.CommitAsync(".github/workflows/b.yml", $"on: push\n{Job}");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();
        Assert.Equal(["startup_failure", null], await repository.QueryAsync<string?>("select conclusion from actions_workflow_runs where repository_id = @Repository order by id"));
    }

    [Fact]
    public async Task A_workflow_that_is_not_in_UTF_8_fails_to_start_and_keeps_no_other_from_it()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/good.yml", $"on: push\n{Job}");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, ".github", "workflows", "wide.yml"), $"on: push\n{Job}", System.Text.Encoding.Unicode);
        await work.RunAsync("add", ".");
        await work.CommitAsync("a.txt", "a");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();
        Assert.Equal(
            [".github/workflows/good.yml ", ".github/workflows/wide.yml startup_failure"],
            await repository.QueryAsync<string>(
                "select w.path || ' ' || coalesce(r.conclusion, '') from actions_workflow_runs r join actions_workflows w on w.id = r.workflow_id where r.repository_id = @Repository order by 1"));
    }

    [Fact]
    public async Task Path_filters_see_what_the_push_changed()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/docs.yml", $"on: {{push: {{paths: ['docs/**']}}}}\n{Job}");
        await work.RunAsync("push", "origin", "main");
        await work.CommitAsync("src/a.cs", "a");
        await work.RunAsync("push", "origin", "main");
        await work.CommitAsync("docs/deep/a.md", "a");
        await work.CommitAsync("src/a.cs", "b");
        await work.RunAsync("push", "origin", "main");

        // A new branch is compared with the parent of its own first commit.
        await work.RunAsync("checkout", "--quiet", "-b", "topic");
        await work.CommitAsync("src/a.cs", "c");
        await work.RunAsync("push", "origin", "topic");
        await ProcessAsync();
        Assert.Equal([false, true, false, false], (await EventsAsync(repository)).Select(@event => Assert.Single(@event.Decisions).Fired));
    }

    [Theory]
    [InlineData("Fix [skip ci]", "[skip ci]")]
    [InlineData("Fix\n\nBody\n\nskip-checks: true", "skip-checks: true")]
    public async Task A_commit_may_ask_that_nothing_starts(string message, string words)
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\n{Job}", message);
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();
        var @event = Assert.Single(await EventsAsync(repository));
        Assert.Contains(words, @event.Why, StringComparison.Ordinal);
        Assert.Empty(@event.Decisions);
    }

    [Fact]
    public async Task A_deleted_branch_starts_nothing_and_so_do_more_than_three_tags_at_once()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\n{Job}");
        await work.RunAsync("push", "origin", "main", "main:other");
        await work.RunAsync("push", "origin", ":other");
        foreach (var tag in new[] { "a", "b", "c", "d" })
            await work.RunAsync("tag", "--annotate", "--message", tag, tag);
        await work.RunAsync("push", "origin", "a", "b", "c", "d");
        await work.RunAsync("push", "origin", "a:refs/tags/three", "b:refs/tags/two", "c:refs/tags/one");
        await ProcessAsync();

        var events = await EventsAsync(repository);
        Assert.All(events.Where(@event => @event.Ref is "refs/tags/a" or "refs/tags/d"), @event => Assert.Contains("4 tags", @event.Why, StringComparison.Ordinal));
        Assert.Equal("the ref was deleted", events.First(@event => @event.Ref == "refs/heads/other").Why);

        // An annotated tag's run is of the commit that it names.
        var run = events.First(@event => @event.Ref == "refs/tags/one");
        Assert.True(Assert.Single(run.Decisions).Fired);
        Assert.Equal(await work.HeadAsync(), run.HeadSha);
    }

    [Fact]
    public async Task The_payload_is_built_as_workflows_expect_it()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        var before = await work.HeadAsync();
        var first = await work.CommitAsync("a.txt", "a", "First\n\nwith a body");
        var second = await work.CommitAsync("b.txt", "b");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();
        using var payload = JsonDocument.Parse((await repository.QueryAsync<string>(
            "select payload::text from trigger_events where repository_id = @Repository order by id desc limit 1"))[0]);
        var root = payload.RootElement;
        Assert.Equal("refs/heads/main", root.GetProperty("ref").GetString());
        Assert.Equal(before, root.GetProperty("before").GetString());
        Assert.Equal(second, root.GetProperty("after").GetString());
        Assert.Equal([first, second], root.GetProperty("commits").EnumerateArray().Select(commit => commit.GetProperty("id").GetString()));
        Assert.Equal("First\n\nwith a body", root.GetProperty("commits")[0].GetProperty("message").GetString());
        Assert.Equal("ada@example.org", root.GetProperty("head_commit").GetProperty("author").GetProperty("email").GetString());
        Assert.Equal($"acme/{repository.Name}", root.GetProperty("repository").GetProperty("full_name").GetString());
        Assert.Equal(git.Developer.Username, root.GetProperty("pusher").GetProperty("name").GetString());
        Assert.Equal((false, false, false), (root.GetProperty("created").GetBoolean(), root.GetProperty("deleted").GetBoolean(), root.GetProperty("forced").GetBoolean()));
        Assert.Equal($"{git.Server.Url}/acme/{repository.Name}/compare/{before[..12]}...{second[..12]}", root.GetProperty("compare").GetString());
    }

    [Fact]
    public async Task A_forced_push_says_so_and_lists_what_is_new()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync("a.txt", "a");
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("commit", "--quiet", "--amend", "--message", "other");
        await work.RunAsync("push", "--force", "origin", "main");
        await ProcessAsync();
        using var payload = JsonDocument.Parse((await repository.QueryAsync<string>(
            "select payload::text from trigger_events where repository_id = @Repository order by id desc limit 1"))[0]);
        Assert.True(payload.RootElement.GetProperty("forced").GetBoolean());
        Assert.Equal([await work.HeadAsync()], payload.RootElement.GetProperty("commits").EnumerateArray().Select(commit => commit.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task An_event_that_cannot_be_looked_at_is_set_aside_after_five_attempts_and_blocks_no_other()
    {
        var broken = await git.CreateAsync("public");
        using var work = await broken.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"# A content that no other test has, because parsed files are kept by it.\non: push\n{Job}");
        await work.RunAsync("push", "origin", "main");

        // The blob of the workflow is gone from the disk.
        var blob = await work.RunAsync("rev-parse", "HEAD:.github/workflows/a.yml");
        File.Delete(Path.Combine(broken.FolderOnServer, "objects", blob[..2], blob[2..]));
        var whole = await git.CreateAsync();
        using var other = await whole.WorkAsync();
        await other.RunAsync("push", "origin", "main");

        for (var attempt = 1; attempt <= TriggerEvents.MaxAttempts; attempt++)
        {
            await ProcessAsync();
            await broken.QueryAsync<int>("update trigger_events set not_before = created_at where repository_id = @Repository and state = 'pending'");
        }

        var setAside = Assert.Single(await EventsAsync(broken));
        Assert.Equal(("set_aside", TriggerEvents.MaxAttempts), (setAside.State, setAside.Attempts));
        Assert.Contains(blob, setAside.Error, StringComparison.Ordinal);
        Assert.Null(Assert.Single(await EventsAsync(broken, git.Stranger)).Error);
        Assert.Equal("processed", Assert.Single(await EventsAsync(whole)).State);
    }

    [Fact]
    public async Task Servers_that_look_at_the_same_events_make_each_run_once()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\n{Job}");
        await work.RunAsync("push", "origin", "main", "main:b", "main:c", "main:d");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ProcessAsync()));
        Assert.Equal([1L, 2, 3, 4], await repository.QueryAsync<long>("select run_number from actions_workflow_runs where repository_id = @Repository order by run_number"));
    }

    [Fact]
    public async Task A_dispatch_runs_the_workflow_that_was_asked_for_with_its_inputs()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(
            ".github/workflows/deploy.yml", $"on: {{workflow_dispatch: {{inputs: {{count: {{type: number, default: 2}}, where: {{required: true}}}}}}}}\n{Job}");
        await work.CommitAsync(".github/workflows/push.yml", $"on: push\n{Job}");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();

        Assert.IsType<DispatchResult.InvalidInputs>(await DispatchAsync(repository, "deploy.yml", null, "{}"));
        Assert.IsType<DispatchResult.NotDispatchable>(await DispatchAsync(repository, "push.yml", null, "{}"));
        Assert.IsType<DispatchResult.NoSuchWorkflow>(await DispatchAsync(repository, "none.yml", "main", "{}"));
        Assert.IsType<DispatchResult.NoSuchRef>(await DispatchAsync(repository, "deploy.yml", "none", "{}"));
        Assert.IsType<DispatchResult.Accepted>(await DispatchAsync(repository, "deploy.yml", "refs/heads/main", """{"where": "here"}"""));
        await ProcessAsync();

        var @event = (await EventsAsync(repository))[0];
        Assert.Equal(("workflow_dispatch", "refs/heads/main"), (@event.Event, @event.Ref));
        Assert.Equal((".github/workflows/deploy.yml", true), (Assert.Single(@event.Decisions).Workflow, @event.Decisions[0].Fired));
        using var inputs = JsonDocument.Parse((await repository.QueryAsync<string>(
            "select inputs::text from actions_workflow_runs where repository_id = @Repository and event = 'workflow_dispatch'"))[0]);
        Assert.Equal((2, "here"), (inputs.RootElement.GetProperty("count").GetInt32(), inputs.RootElement.GetProperty("where").GetString()));
    }

    [Fact]
    public async Task A_decision_keeps_the_trace_of_its_filters()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: {{push: {{branches: [main], paths: ['docs/**', '!docs/\"x']}}}}\n{Job}");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();

        var decision = Assert.Single((await EventsAsync(repository))[0].Decisions);
        Assert.Equal(
            ["branches passed main by main of main ()", "paths refused .github/workflows/a.yml by  of docs/** !docs/\"x (1)"],
            decision.Filters.Select(f => $"{f.Filter} {f.Outcome} {f.Value} by {f.Pattern} of {string.Join(' ', f.Patterns)} ({f.ChangedPaths})"));
    }

    [Fact]
    public async Task A_pipeline_in_the_root_is_a_workflow_like_any_other()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\n{Job}");
        await work.CommitAsync("sub/.capstan.yml", "jobs:\n  x: { commands: x }\n");
        await work.CommitAsync(".capstan.yml", "triggers: [push, manual]\nstages: [a, b]\njobs:\n  x: { stage: a, type: test, commands: x }\n  y: { stage: b, commands: y }\n");
        await work.CommitAsync(".shipinator.yaml", "jobs: {}\nstage: 1\n");
        await work.RunAsync("push", "origin", "main");
        await ProcessAsync();

        var decisions = (await EventsAsync(repository))[0].Decisions;
        Assert.Equal([".capstan.yml", ".github/workflows/a.yml", ".shipinator.yaml"], decisions.Where(decision => decision.Fired).Select(decision => decision.Workflow));
        Assert.Equal(["x test", "y build"], await repository.QueryAsync<string>(
            "select j.name || ' ' || j.job_type from actions_jobs j join actions_workflow_runs r on r.id = j.run_id join actions_workflows w on w.id = r.workflow_id where r.repository_id = @Repository and w.path = '.capstan.yml' order by j.name"));
        Assert.Equal(["startup_failure"], await repository.QueryAsync<string>(
            "select r.conclusion from actions_workflow_runs r join actions_workflows w on w.id = r.workflow_id where r.repository_id = @Repository and w.path = '.shipinator.yaml'"));
        Assert.IsType<DispatchResult.Accepted>(await DispatchAsync(repository, ".capstan.yml", null, "{}"));
        Assert.IsType<DispatchResult.NoSuchWorkflow>(await DispatchAsync(repository, "sub/.capstan.yml", null, "{}"));
    }

    private Task ProcessAsync() => git.Server.Get<TriggerLoop>().RunOnceAsync(CancellationToken.None);

    private async Task<IReadOnlyList<TriggerEventResponse>> EventsAsync(HostedRepository repository, Person? reader = null) =>
        (await (reader ?? git.Developer).Client.GetFromJsonAsync($"/v1/repos/acme/{repository.Name}/events", ContractsJson.Default.TriggerEventPage))!.Items;

    private async Task<DispatchResult> DispatchAsync(HostedRepository repository, string file, string? reference, string inputs)
    {
        var caller = new UserPrincipal(git.Developer.Id, git.Developer.Username, IsAdmin: false);
        var accessed = await git.Server.Get<RightsQueries>().FindRepositoryAsync(caller, "acme", repository.Name, CancellationToken.None);
        var given = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(inputs);
        return await git.Server.Get<WorkflowDispatch>().CreateAsync(accessed!, file, reference, given, caller, CancellationToken.None);
    }
}
