using Capstan.Server.Git;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class GitTurnsTests
{
    [Fact]
    public async Task An_address_has_so_many_turns_and_another_one_its_own()
    {
        var turns = new GitTurns();
        var held = await TakeAllAsync(turns, "192.0.2.1");
        Assert.Null(await turns.TryEnterAsync("192.0.2.1", TimeSpan.Zero, CancellationToken.None));
        using var other = await turns.TryEnterAsync("192.0.2.2", TimeSpan.Zero, CancellationToken.None);
        Assert.NotNull(other);
        held[0].Dispose();
        using var again = await turns.TryEnterAsync("192.0.2.1", TimeSpan.Zero, CancellationToken.None);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task A_request_over_the_limit_waits_for_its_turn_and_is_then_served()
    {
        var git = new GitServer();
        await using (git)
        {
            await git.InitializeAsync();
            var repository = await git.CreateAsync();
            using var work = await repository.WorkAsync();
            var turns = git.Server.Get<GitTurns>();
            var held = await TakeAllAsync(turns, "127.0.0.1");
            var listing = work.RunAsync("ls-remote", repository.UrlFor(git.Developer));
            await Eventually.TrueAsync(() => turns.RequestsOf("127.0.0.1") == GitTurns.MaxPerAddress + 1);
            foreach (var turn in held)
                turn.Dispose();
            await listing;
        }
    }

    private static async Task<List<IDisposable>> TakeAllAsync(GitTurns turns, string address)
    {
        var held = new List<IDisposable>();
        for (var i = 0; i < GitTurns.MaxPerAddress; i++)
            held.Add(Assert.IsAssignableFrom<IDisposable>(await turns.TryEnterAsync(address, TimeSpan.Zero, CancellationToken.None)));
        return held;
    }
}
