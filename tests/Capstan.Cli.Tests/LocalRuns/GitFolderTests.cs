using Capstan.Cli.LocalRuns.Git;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class GitFolderTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public void A_working_tree_is_found_from_a_folder_inside_it()
    {
        repository.Write("a/b/file", "");

        Assert.Equal(repository.Root, GitFolder.Find(Path.Combine(repository.Root, "a/b"))!.Root);
        Assert.Equal(repository.Root, GitFolder.Find(repository.Root + "/")!.Root);
    }

    [Fact]
    public void A_folder_outside_any_working_tree_has_none() => Assert.Null(GitFolder.Find("/"));

    [Fact]
    public void Head_is_read_before_the_first_commit_from_a_loose_ref_and_from_packed_refs()
    {
        Assert.Null(Git().Commit());
        var sha = repository.Commit();
        Assert.Equal(sha, Git().Commit());
        Assert.Equal("refs/heads/main", Git().Branch());

        repository.Git("pack-refs", "--all");

        Assert.Equal(sha, Git().Commit());
    }

    [Fact]
    public void A_detached_head_has_a_commit_and_no_branch()
    {
        var sha = repository.Commit();
        repository.Git("checkout", "--quiet", "--detach");

        Assert.Null(Git().Branch());
        Assert.Equal(sha, Git().Commit());
    }

    [Fact]
    public void A_linked_working_tree_has_its_own_head_and_the_shared_refs()
    {
        var sha = repository.Commit();
        repository.Git("worktree", "add", "--quiet", "-b", "side", "linked");

        var linked = GitFolder.Find(Path.Combine(repository.Root, "linked"))!;

        Assert.Equal("refs/heads/side", linked.Branch());
        Assert.Equal(sha, linked.Commit());
        Assert.Equal(Path.Combine(repository.Root, ".git"), linked.Shared);
    }

    [Fact]
    public void The_origin_and_the_default_branch_are_read_from_the_configuration()
    {
        repository.Commit();
        repository.Git("remote", "add", "origin", "https://github.com/octo/cat.git");

        Assert.Equal("https://github.com/octo/cat.git", Git().Origin());
        Assert.Equal("main", Git().DefaultBranch());
    }

    [Fact]
    public void A_commit_is_read_from_its_own_object_and_from_a_pack()
    {
        repository.Commit("The first\n\nIts body.");
        var sha = repository.Commit("The second\n\nIts body.");
        var loose = Read(sha);

        repository.Git("gc", "--quiet");
        var packed = Read(sha);

        Assert.Equal("The second\n\nIts body.", loose.Message);
        Assert.Equal(new GitPerson("Ada Lovelace", "ada@example.org"), loose.Author);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1700000000), loose.When);
        Assert.Equal(TimeSpan.FromMinutes(90), loose.When.Offset);
        Assert.Single(loose.Parents);
        Assert.Equal(loose with { Parents = [] }, packed with { Parents = [] });
    }

    [Theory]
    [InlineData("https://github.com/octo/cat.git", "https://github.com", "octo", "cat")]
    [InlineData("https://user:secret@ci.example:8443/octo/cat", "https://ci.example:8443", "octo", "cat")]
    [InlineData("git@github.com:octo/cat.git", "https://github.com", "octo", "cat")]
    [InlineData("ssh://git@github.com/octo/cat", "https://github.com", "octo", "cat")]
    public void A_remote_address_names_server_owner_and_repository(string url, string server, string owner, string name) =>
        Assert.Equal(new RemoteAddress(server, owner, name), RemoteAddress.Parse(url));

    [Theory]
    [InlineData("/srv/git/cat.git")]
    [InlineData("../cat")]
    [InlineData("https://example.org/group/sub/cat")]
    [InlineData(null)]
    public void An_address_of_another_form_names_nothing(string? url) => Assert.Null(RemoteAddress.Parse(url));

    private GitFolder Git() => GitFolder.Find(repository.Root)!;

    private GitCommit Read(string sha) => GitCommit.Read(Git(), sha, s => GitProcess.AskText(repository.Root, "cat-file", "commit", s));
}
