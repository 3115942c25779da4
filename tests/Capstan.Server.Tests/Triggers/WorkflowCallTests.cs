using Capstan.Server.Tests.Git;
using Capstan.Server.Triggers;
using Xunit;

namespace Capstan.Server.Tests.Triggers;

/// <summary>Workflows that call others, from a push by the real git over HTTP to the jobs of their runs.</summary>
public sealed class WorkflowCallTests(GitServer git) : IClassFixture<GitServer>
{
    private const string Callee = "on: workflow_call\njobs: {build: {runs-on: linux, steps: [{run: 'true'}]}}";

    [Fact]
    public async Task A_call_means_the_file_of_the_same_commit()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/b.yml", Callee);
        await work.CommitAsync(".github/workflows/a.yml", "on: push\njobs: {one: {uses: ./.github/workflows/b.yml}, two: {uses: $/.github/workflows/b.yml}}");
        await PushAsync(work, "main");
        await work.CommitAsync(".github/workflows/b.yml", Callee.Replace("build", "other", StringComparison.Ordinal));
        await PushAsync(work, "main");

        Assert.Equal(["one", "one/build", "two", "two/build"], await JobsAsync(repository, run: 1));
        Assert.Equal(["one", "one/other", "two", "two/other"], await JobsAsync(repository, run: 2));
    }

    [Fact]
    public async Task A_workflow_of_another_repository_is_called_at_a_tag_a_branch_and_a_commit_with_what_it_calls_there()
    {
        var shared = await git.CreateAsync("public");
        using var library = await shared.WorkAsync();
        await library.CommitAsync(".github/workflows/inner.yml", Callee);
        await library.CommitAsync(".github/workflows/outer.yml", "on: workflow_call\njobs: {first: {uses: ./.github/workflows/inner.yml}}");
        await library.RunAsync("tag", "v1");
        var commit = await library.HeadAsync();
        await library.CommitAsync(".github/workflows/inner.yml", Callee.Replace("build", "newer", StringComparison.Ordinal));
        await library.RunAsync("push", "origin", "main", "v1");

        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var uses = $"acme/{shared.Name}/.github/workflows/outer.yml";
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\njobs: {{tag: {{uses: {uses}@v1}}, branch: {{uses: {uses}@main}}, commit: {{uses: {uses}@{commit}}}}}");
        await PushAsync(work, "main");

        Assert.Equal(
            ["tag", "tag/first", "tag/first/build", "branch", "branch/first", "branch/first/newer", "commit", "commit/first", "commit/first/build"], await JobsAsync(repository, run: 1));
        Assert.Equal(
            [$"acme/{shared.Name} refs/tags/v1 {commit}", $"acme/{shared.Name} {commit} {commit}"],
            await repository.QueryAsync<string>(
                """
                select distinct c->>'repository' || ' ' || (c->>'full_ref') || ' ' || (c->>'commit')
                from actions_workflow_versions v join actions_workflows w on w.id = v.workflow_id, jsonb_array_elements(v.called) c
                where w.repository_id = @Repository and c->>'ref' <> 'main' order by 1 desc
                """));
    }

    [Theory]
    [InlineData("./.github/workflows/missing.yml", "was not found")]
    [InlineData("acme/PRIVATE/.github/workflows/a.yml@main", "was not found: this server has no repository 'acme/PRIVATE' that everybody may read")]
    [InlineData("acme/nothing/.github/workflows/a.yml@main", "was not found: this server has no repository 'acme/nothing' that everybody may read")]
    [InlineData("acme/OWN/.github/workflows/a.yml@v9", "was not found: the repository 'acme/OWN' has no tag, branch or commit 'v9'")]
    [InlineData("acme/OWN/.github/workflows/b.yml@main", "was not found")]
    [InlineData("./.github/workflows/a.yml", "Workflows may not call each other in a circle: ./.github/workflows/a.yml -> ./.github/workflows/a.yml")]
    public async Task A_call_that_cannot_be_made_makes_a_run_that_failed_to_start_and_says_where(string uses, string expected)
    {
        var other = await git.CreateAsync();
        var repository = await git.CreateAsync();
        using (var hidden = await other.WorkAsync())
        {
            await hidden.CommitAsync(".github/workflows/a.yml", Callee);
            await hidden.RunAsync("push", "origin", "main");
        }

        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/a.yml", $"on: [push, workflow_call]\njobs:\n  call:\n    uses: {Named(uses)}\n");
        await PushAsync(work, "main");

        Assert.Equal(["startup_failure"], await repository.QueryAsync<string>("select conclusion from actions_workflow_runs where repository_id = @Repository"));
        var reason = Assert.Single(await repository.QueryAsync<string>("select reason from actions_workflow_runs where repository_id = @Repository"));
        Assert.StartsWith("The workflow file is invalid. .github/workflows/a.yml (Line: 4, Col: 11): ", reason, StringComparison.Ordinal);
        Assert.EndsWith(Named(expected), reason, StringComparison.Ordinal);

        string Named(string text) => text.Replace("PRIVATE", other.Name, StringComparison.Ordinal).Replace("OWN", repository.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_called_file_that_is_too_large_is_told_and_keeps_no_other_workflow_from_running()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync("large.yml", Callee + new string(' ', WorkflowFiles.MaxFileBytes));
        await work.CommitAsync(".github/workflows/a.yml", "on: push\njobs: {one: {uses: ./large.yml}, two: {uses: ./.github/workflows/b.yml}}");
        await work.CommitAsync(".github/workflows/b.yml", $"on: [push, workflow_call]\n{Callee[(Callee.IndexOf('\n', StringComparison.Ordinal) + 1)..]}");
        await PushAsync(work, "main");

        Assert.Equal(
            [$"The workflow file is invalid. .github/workflows/a.yml (Line: 2, Col: 20): The workflow './large.yml' was not found: the file has {Callee.Length + WorkflowFiles.MaxFileBytes} bytes; a workflow has at most 1048576", null],
            await repository.QueryAsync<string?>("select reason from actions_workflow_runs where repository_id = @Repository order by id"));
    }

    [Fact]
    public async Task A_private_repository_may_call_its_own_workflows_by_its_whole_name()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync(".github/workflows/b.yml", Callee);
        await work.CommitAsync(".github/workflows/a.yml", $"on: push\njobs: {{one: {{uses: acme/{repository.Name}/.github/workflows/b.yml@main}}}}");
        await PushAsync(work, "main");

        Assert.Equal(["one", "one/build"], await JobsAsync(repository, run: 1));
    }

    private async Task PushAsync(GitClient work, string branch)
    {
        await work.RunAsync("push", "origin", branch);
        await git.Server.Get<TriggerLoop>().RunOnceAsync(CancellationToken.None);
    }

    private static async Task<IReadOnlyList<string>> JobsAsync(HostedRepository repository, int run) => await repository.QueryAsync<string>(
        $"""
        select j.job_key from actions_jobs j join actions_workflow_runs r on r.id = j.run_id
        join actions_job_nodes n on n.attempt_id = j.attempt_id and n.job_key = j.job_key
        where r.repository_id = @Repository and r.run_number = {run} order by n.place, j.matrix_index
        """);
}
