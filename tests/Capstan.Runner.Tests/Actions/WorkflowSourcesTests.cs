using System.Diagnostics;
using Capstan.Runner.Actions;
using Capstan.Runner.Steps;
using Capstan.Testing;
using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>Where the called workflows of a local run are found, with the real git at the edge.</summary>
public sealed class WorkflowSourcesTests : IDisposable
{
    private const string Path = ".github/workflows/a.yml";

    private readonly TemporaryFolder folder = new();

    private string Upstream => folder["upstream"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_workflow_of_the_own_repository_is_the_file_that_stands_there()
    {
        Write(folder["own"], Path, "own");

        Assert.Equal(new LoadedWorkflow.Found("own"), Sources().Find(new WorkflowReference(null, Path, null)));
        Assert.Equal(new LoadedWorkflow.Missing(), Sources().Find(new WorkflowReference(null, "b.yml", null)));
    }

    [Fact]
    public void A_link_that_leads_out_of_the_repository_is_no_workflow()
    {
        Write(folder["elsewhere"], "secret", "outside");
        Directory.CreateDirectory(folder["own"]);
        File.CreateSymbolicLink(folder["own/link.yml"], folder["elsewhere/secret"]);

        Assert.Equal(new LoadedWorkflow.Missing(), Sources().Find(new WorkflowReference(null, "link.yml", null)));
        Assert.Equal(new LoadedWorkflow.Missing(), Sources().Find(new WorkflowReference(null, "../elsewhere/secret", null)));
    }

    [Fact]
    public void Of_another_repository_a_tag_a_branch_and_a_whole_commit_name_a_version()
    {
        var first = Publish("first", "v1");
        var second = Publish("second", "v2");

        Assert.Equal(new LoadedWorkflow.Found("first", first), Sources().Find(new WorkflowReference("acme/ci", Path, "v1")));
        Assert.Equal(new LoadedWorkflow.Found("second", second), Sources().Find(new WorkflowReference("acme/ci", Path, "main")));
        Assert.Equal(new LoadedWorkflow.Found("first", first), Sources().Find(new WorkflowReference("acme/ci", Path, first)));
    }

    [Fact]
    public void All_that_a_run_sees_of_a_branch_is_from_one_commit()
    {
        var first = Publish("first", "v1");
        var sources = Sources();
        sources.Find(new WorkflowReference("acme/ci", Path, "main"));

        Publish("second", "v2");

        Assert.Equal(new LoadedWorkflow.Found("first", first), sources.Find(new WorkflowReference("acme/ci", Path, "main")));
    }

    [Fact]
    public void What_is_not_there_is_missing_with_the_reason()
    {
        Publish("first", "v1");

        Assert.Equal(new LoadedWorkflow.Missing("The repository acme/ci has no tag or branch 'v9'"), Sources().Find(new WorkflowReference("acme/ci", Path, "v9")));
        Assert.Equal(new LoadedWorkflow.Missing($"file://{Upstream} has no repository 'acme/other', or it is private"), Sources().Find(new WorkflowReference("acme/other", Path, "v1")));
        Assert.Equal(new LoadedWorkflow.Missing(), Sources().Find(new WorkflowReference("acme/ci", "b.yml", "v1")));
    }

    private WorkflowSources Sources() =>
        new(new ActionSettings { OwnRepository = folder["own"], Upstream = "file://" + Upstream, Cache = folder["cache"] }, BaseEnvironment.FromThisProcess());

    private string Publish(string content, string tag)
    {
        var repository = System.IO.Path.Combine(Upstream, "acme", "ci");
        Write(repository, Path, content);
        if (!Directory.Exists(System.IO.Path.Combine(repository, ".git")))
        {
            Git(repository, "init", "--quiet", "--initial-branch=main");
        }

        Git(repository, "add", "--all");
        Git(repository, "commit", "--quiet", "--allow-empty", "-m", content);
        Git(repository, "tag", tag);
        return Git(repository, "rev-parse", "HEAD");
    }

    private static void Write(string root, string path, string content)
    {
        var file = System.IO.Path.Combine(root, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static string Git(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.TrimEnd() : throw new InvalidOperationException($"git {string.Join(' ', arguments)} answered {process.ExitCode}");
    }
}
