using Capstan.Server.Git;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class PushTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_push_moves_the_branch_and_leaves_one_event_with_its_pusher()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");

        Assert.Equal(await work.HeadAsync(), await repository.RefAsync("refs/heads/main"));
        Assert.Equal(["accepted"], await repository.PushStatesAsync());
        Assert.Equal(["refs/heads/main"], await repository.EventRefsAsync());
        Assert.Equal([git.Developer.Id.Value], await repository.QueryAsync<long>("select actor_id from trigger_events where repository_id = @Repository"));
        Assert.Equal([await work.HeadAsync()], await repository.QueryAsync<string>("select head_sha from trigger_events where repository_id = @Repository"));
    }

    [Fact]
    public async Task Pushes_forced_pushes_new_branches_tags_and_deletions_each_leave_an_event()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        await work.CommitAsync("b.txt", "b");
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("commit", "--quiet", "--amend", "--message", "another");
        Assert.NotEqual(0, (await work.TryAsync("push", "origin", "main")).ExitCode);
        await work.RunAsync("push", "--force", "origin", "main");
        await work.RunAsync("push", "origin", "main:refs/heads/feature/one");
        await work.RunAsync("tag", "--annotate", "--message", "one", "v1");
        await work.RunAsync("push", "origin", "v1");
        await work.RunAsync("push", "origin", "--delete", "feature/one");

        Assert.Equal(
            ["refs/heads/main", "refs/heads/main", "refs/heads/main", "refs/heads/feature/one", "refs/tags/v1", "refs/heads/feature/one"],
            await repository.EventRefsAsync());
        Assert.Null(await repository.RefAsync("refs/heads/feature/one"));
        Assert.Equal(await work.HeadAsync(), await repository.RefAsync("refs/heads/main"));
    }

    [Fact]
    public async Task A_push_that_changes_nothing_leaves_no_event()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("push", "--dry-run", "origin", "main:other");
        Assert.Single(await repository.EventRefsAsync());
        Assert.Single(await repository.PushStatesAsync());
    }

    [Fact]
    public async Task An_atomic_push_of_which_git_refuses_one_ref_moves_none()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("checkout", "--quiet", "-b", "other");
        await work.CommitAsync("b.txt", "b");

        // Git's own rule refuses to delete the branch that HEAD names.
        var result = await work.TryAsync("push", "--atomic", "origin", "other", ":main");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("remote rejected", result.Error, StringComparison.Ordinal);
        Assert.Null(await repository.RefAsync("refs/heads/other"));
        Assert.Equal(["accepted", "refused"], await repository.PushStatesAsync());
        Assert.Single(await repository.EventRefsAsync());
    }

    [Fact]
    public async Task A_push_of_which_git_refuses_one_ref_records_the_others()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        await work.CommitAsync("b.txt", "b");
        var result = await work.TryAsync("push", "origin", "HEAD:refs/heads/other", ":main");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(["refs/heads/main", "refs/heads/other"], await repository.EventRefsAsync());
        Assert.Equal([false, true], await repository.QueryAsync<bool>(
            "select r.moved from push_refs r join pushes p on p.id = r.push_id where p.repository_id = @Repository and p.id = (select max(id) from pushes where repository_id = @Repository) order by r.ref"));
    }

    [Fact]
    public async Task The_first_push_of_another_branch_becomes_the_default_one()
    {
        var repository = await git.CreateAsync(defaultBranch: "main");
        using var work = await repository.WorkAsync(branch: "trunk");
        await work.RunAsync("push", "origin", "trunk");
        Assert.Equal(["trunk"], await repository.QueryAsync<string>("select default_branch from repositories where id = @Repository"));

        await work.RunAsync("push", "origin", "trunk:zebra");
        Assert.Equal(["trunk"], await repository.QueryAsync<string>("select default_branch from repositories where id = @Repository"));
        using var other = new GitClient();
        await other.RunAsync("clone", "--quiet", repository.UrlFor(git.Developer), "clone");
        Assert.True(File.Exists(Path.Combine(other.Folder, "clone/README.md")));
    }

    [Theory]
    [InlineData("refs/pull/1/head", "the server keeps these refs")]
    [InlineData("refs/capstan/x", "the server keeps these refs")]
    [InlineData("refs/heads/HEAD", "cannot have this name")]
    public async Task Refs_of_the_server_are_refused_with_a_reason(string reference, string reason)
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var result = await work.TryAsync("push", "origin", $"main:{reference}");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("[remote rejected]", result.Error, StringComparison.Ordinal);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Null(await repository.RefAsync(reference));
        Assert.Empty(await repository.PushStatesAsync());
    }

    [Fact]
    public async Task One_refused_ref_refuses_the_whole_push_and_each_ref_says_why()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var result = await work.TryAsync("push", "origin", "main", "main:refs/pull/1/head");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("(the server keeps these refs; push to a branch instead)", result.Error, StringComparison.Ordinal);
        Assert.Contains($"({PushRules.ReasonOfTheOthers})", result.Error, StringComparison.Ordinal);
        Assert.Null(await repository.RefAsync("refs/heads/main"));
    }

    [Fact]
    public async Task What_is_there_can_be_fetched_while_others_push_and_every_push_to_a_branch_that_wins_leaves_its_event()
    {
        var repository = await git.CreateAsync();
        using var first = await repository.WorkAsync();
        await first.RunAsync("push", "origin", "main");

        // Eight people push different commits to one branch, and to branches of their own.
        var pushes = Enumerable.Range(0, 8).Select(async number =>
        {
            using var work = new GitClient();
            await work.RunAsync("clone", "--quiet", repository.UrlFor(git.Developer), ".");
            await work.CommitAsync($"{number}.txt", $"{number}");
            return await work.TryAsync("push", "origin", "HEAD:main", $"HEAD:own-{number}");
        });
        var results = await Task.WhenAll(pushes);

        var winners = results.Count(result => result.ExitCode == 0);
        Assert.InRange(winners, 1, 8);
        Assert.Equal(1 + winners, (await repository.EventRefsAsync()).Count(reference => reference == "refs/heads/main"));
        Assert.Equal(8, (await repository.EventRefsAsync()).Count(reference => reference.StartsWith("refs/heads/own-", StringComparison.Ordinal)));
        Assert.DoesNotContain("proposed", await repository.PushStatesAsync());
    }

    [Fact]
    public async Task A_client_that_is_killed_while_it_pushes_moves_nothing_and_the_next_push_works()
    {
        var repository = await git.CreateAsync();
        var body = new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-git-receive-pack-request");
        using var work = await repository.WorkAsync();
        var sha = await work.HeadAsync();

        // The commands and half a pack, then nothing: as a client that is killed.
        var command = $"{ObjectName.Zero} {sha} refs/heads/main\0report-status side-band-64k";
        using var cancel = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{git.Server.Url}/acme/{repository.Name}.git/git-receive-pack"))
        {
            Content = new StreamContent(new StalledStream($"{command.Length + 4:x4}{command}0000PACK", cancel)),
        };
        request.Content.Headers.ContentType = body;
        await Assert.ThrowsAnyAsync<Exception>(() => git.Developer.Client.SendAsync(request, cancel.Token));

        Assert.Null(await repository.RefAsync("refs/heads/main"));
        Assert.Empty(await repository.PushStatesAsync());
        await work.RunAsync("push", "origin", "main");
        Assert.Equal(["accepted"], await repository.PushStatesAsync());
    }

    /// <summary>Gives some bytes, then breaks the request off.</summary>
    private sealed class StalledStream(string start, CancellationTokenSource cancel) : Stream
    {
        private bool given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!given)
            {
                given = true;
                return System.Text.Encoding.ASCII.GetBytes(start, buffer.Span);
            }

            await cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
