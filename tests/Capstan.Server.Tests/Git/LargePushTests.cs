using Capstan.Server.Git;
using Xunit;

namespace Capstan.Server.Tests.Git;

/// <summary>Alone: what the process allocates is counted, and other tests would be counted with it.</summary>
[CollectionDefinition(nameof(LargePushTests), DisableParallelization = true)]
[Collection(nameof(LargePushTests))]
public sealed class LargePushTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_large_push_is_taken_without_holding_it_in_memory()
    {
        const int Size = 24 * 1024 * 1024;
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var noise = new byte[Size];
        new Random(Seed: 7).NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(work.Folder, "noise"), noise);
        await work.RunAsync("add", "--all");
        await work.RunAsync("commit", "--quiet", "--message", "noise");
        GC.Collect();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await work.RunAsync("push", "origin", "main");
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(await work.HeadAsync(), await repository.RefAsync("refs/heads/main"));
        Assert.True(allocated < Size, $"{allocated} bytes were allocated for a push of {Size}.");
        Assert.Empty(Directory.GetFiles(git.Server.Get<GitFolder>().SpoolFolder()));
    }
}
