using System.Text.Json;
using Capstan.Runner.Agent;
using Capstan.Runner.Tests.Commands;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Agent;

/// <summary>What a runner keeps between jobs; see <see cref="SpareFoldersTests"/> for why nothing may run beside.</summary>
[Collection(nameof(SpareFoldersTests))]
public sealed class RepositorySparesTests : IAsyncLifetime
{
    private const string TellFile = "- run: stat -c %i $GITHUB_OUTPUT";

    private readonly AgentHarness agent = new();

    public ValueTask InitializeAsync() => agent.InitializeAsync();

    public ValueTask DisposeAsync() => agent.DisposeAsync();

    [Fact]
    public async Task A_job_gets_the_folder_of_the_last_one_of_its_repository_and_no_others()
    {
        agent.Start();
        var first = await FileOfAsync(1, "acme/app");
        var stranger = await FileOfAsync(2, "acme/other");
        var second = await FileOfAsync(3, "acme/app");

        Assert.Equal(first, second);
        Assert.NotEqual(first, stranger);
    }

    [Fact]
    public async Task Nothing_is_kept_when_the_runner_has_stopped()
    {
        agent.Start();
        await FileOfAsync(1, "acme/app");
        Assert.NotEmpty(Directory.GetDirectories(Spares));
        await agent.Drain.CancelAsync();
        await agent.Ended;

        Assert.False(Directory.Exists(Spares));
    }

    [Fact]
    public async Task What_a_killed_runner_has_kept_is_removed_at_the_next_start()
    {
        Directory.CreateDirectory(Path.Combine(Spares, "1", "1", "_runner_file_commands"));
        agent.Start();
        await Eventually.TrueAsync(() => !agent.Server.Heartbeats.IsEmpty);

        Assert.False(Directory.Exists(Spares));
    }

    [Fact]
    public void More_repositories_than_a_disk_is_to_be_filled_with_have_nothing_kept()
    {
        var spares = new RepositorySpares(Spares);
        var kept = Enumerable.Range(0, 50).Select(n => spares.Of($"acme/{n}")).ToList();

        Assert.DoesNotContain(null, kept);
        Assert.Null(spares.Of("acme/50"));
        Assert.Same(kept[7], spares.Of("Acme/7"));
        Assert.Null(new RepositorySpares(Spares).Of(""));
    }

    private string Spares => Path.Combine(agent.Folder["work"], "spares");

    /// <summary>Runs a job of a repository; its slot is free again, with what it leaves, when the next one begins.</summary>
    private async Task<string> FileOfAsync(long execution, string repository)
    {
        var contexts = JsonSerializer.SerializeToElement(new { github = new { repository } });
        agent.Server.Enqueue(agent.Job(execution, TellFile) with { Contexts = contexts });
        await agent.CompletedAsync(execution);
        return agent.Texts(execution).Last(line => line.All(char.IsAsciiDigit));
    }
}
