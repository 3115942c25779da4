using System.Diagnostics;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Cli.LocalRuns.Workspaces;
using Capstan.Testing;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class WorkingTreeTests : IDisposable
{
    private readonly SampleRepository repository = new();
    private readonly string target = Directory.CreateTempSubdirectory("capstan-copy-").FullName;

    public void Dispose()
    {
        repository.Dispose();
        Directory.Delete(target, recursive: true);
    }

    [Fact]
    public void A_copy_has_tracked_and_new_files_and_nothing_that_is_ignored_or_gone()
    {
        repository.Write("tracked", "1").Write("gone", "").Write("folder/inner", "2").Write(".gitignore", "ignored\n").Commit();
        repository.Write("new", "3").Write("ignored", "4").Write("tracked", "changed");
        File.Delete(Path.Combine(repository.Root, "gone"));

        Tree().CopyTo(target);

        Assert.Equal([".git", ".gitignore", "folder", "new", "tracked"], Directory.EnumerateFileSystemEntries(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("changed", File.ReadAllText(Path.Combine(target, "tracked")));
        Assert.Equal("2", File.ReadAllText(Path.Combine(target, "folder/inner")));
    }

    [Fact]
    public void Links_stay_links_and_modes_are_kept()
    {
        repository.Write("script", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(repository.Root, "script"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(repository.Root, "link"), "script");

        Tree().CopyTo(target);

        Assert.Equal("script", new FileInfo(Path.Combine(target, "link")).LinkTarget);
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(target, "script")));
    }

    [Fact]
    public async Task A_file_in_whose_place_is_a_pipe_is_left_out()
    {
        repository.Write("file", "1").Commit();
        File.Delete(Path.Combine(repository.Root, "file"));
        using var make = Process.Start("mkfifo", [Path.Combine(repository.Root, "file")]);
        await make.WaitForExitAsync(TestContext.Current.CancellationToken);

        await Task.Run(() => Tree().CopyTo(target), CancellationToken.None).WaitAsync(Eventually.DefaultLimit, TestContext.Current.CancellationToken);

        Assert.False(Path.Exists(Path.Combine(target, "file")));
    }

    [Fact]
    public void Many_files_are_copied_whole()
    {
        foreach (var number in Enumerable.Range(0, 500))
        {
            repository.Write($"d{number % 20}/f{number}", number.ToString());
        }

        Tree().CopyTo(target);

        Assert.All(Enumerable.Range(0, 500), number => Assert.Equal(number.ToString(), File.ReadAllText(Path.Combine(target, $"d{number % 20}/f{number}"))));
    }

    [Fact]
    public void Git_works_in_the_copy_and_does_not_touch_the_original()
    {
        repository.Write("file", "1");
        var sha = repository.Commit("The message");
        Tree().CopyTo(target);

        Assert.Equal("The message", GitIn("log", "-1", "--format=%s"));
        Assert.Equal("main", GitIn("branch", "--show-current"));
        Assert.Equal("", GitIn("status", "--porcelain"));
        GitIn("tag", "made-in-the-copy");

        Assert.Equal("", repository.Git("tag", "--list"));
        Assert.Equal(sha, repository.Git("rev-parse", "HEAD"));
    }

    [Theory]
    [InlineData("https://ada:secret@git.example.org/a/b.git", "https://git.example.org/a/b.git")]
    [InlineData("https://secret@git.example.org:8443", "https://git.example.org:8443")]
    [InlineData("https://git.example.org/a/b@c", "https://git.example.org/a/b@c")]
    [InlineData("ssh://git@git.example.org/a/b", "ssh://git@git.example.org/a/b")]
    [InlineData("git@git.example.org:a/b.git", "git@git.example.org:a/b.git")]
    public void The_address_of_origin_comes_without_the_token_in_it(string address, string copied)
    {
        repository.Write("file", "1").Commit();
        repository.Git("remote", "add", "origin", address);
        Tree().CopyTo(target);

        Assert.Equal(copied, GitIn("remote", "get-url", "origin"));
    }

    [Fact]
    public void Reading_a_file_of_the_copy_is_noticed_and_making_a_new_one_is_not()
    {
        RequireTimesOfAccess();
        repository.Write("folder/read", "content").Write("unread", "content").Commit();
        var tree = Tree();
        tree.CopyTo(target);

        File.WriteAllText(Path.Combine(target, "made"), "content");
        Assert.Null(WorkspaceReads.First(tree, target));
        _ = File.ReadAllText(Path.Combine(target, "folder/read"));

        Assert.Equal("folder/read", WorkspaceReads.First(tree, target));
    }

    /// <summary>The copying reads the originals, sets their time of access by that, and gives it to the copies.</summary>
    [Fact]
    public void Copying_files_that_were_just_written_a_link_and_one_from_the_future_is_no_reading_of_the_copies()
    {
        repository.Write("written", "content").Write("future", "content");
        File.CreateSymbolicLink(Path.Combine(repository.Root, "link"), "written");
        File.SetLastAccessTimeUtc(Path.Combine(repository.Root, "future"), new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var tree = Tree();

        tree.CopyTo(target);

        Assert.Equal(["future", "link", "written"], tree.Files);
        Assert.Null(WorkspaceReads.First(tree, target));
    }

    /// <summary>Without them (noatime) nothing is noticed, as it is documented.</summary>
    private void RequireTimesOfAccess()
    {
        var file = Path.Combine(repository.Root, ".git", "probe");
        File.WriteAllText(file, "content");
        File.SetLastAccessTimeUtc(file, WorkspaceReads.NotRead);
        _ = File.ReadAllText(file);
        Assert.SkipWhen(File.GetLastAccessTimeUtc(file) == WorkspaceReads.NotRead, "This file system keeps no times of access.");
    }

    private WorkingTree Tree()
    {
        var git = GitFolder.Find(repository.Root)!;
        using var list = WorkingTree.List(git);
        return WorkingTree.Read(git, list);
    }

    private string GitIn(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = target, UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
