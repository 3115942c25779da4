using Capstan.Server.Data;
using Capstan.Server.Git;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class TreeDiffTests
{
    private const int Seed = 20260105;

    [Fact]
    public async Task Changed_paths_are_those_that_git_names()
    {
        using var work = new GitClient();
        await work.RunAsync("init", "--quiet", "--bare", "1.git");
        await work.RunAsync("init", "--quiet", ".");
        await File.AppendAllTextAsync(Path.Combine(work.Folder, ".git/info/exclude"), "1.git\n");
        var random = new Random(Seed);
        var commits = new List<string>();
        for (var round = 0; round < 8; round++)
        {
            for (var change = 0; change < 5; change++)
                Change(work.Folder, random);
            commits.Add(await work.CommitAsync("round", $"{round}"));
        }

        await work.RunAsync("push", "--quiet", "1.git", "HEAD:main");
        await using var readers = new ObjectReaders(new GitFolder(work.Folder), TimeProvider.System);
        foreach (var (before, after) in commits.Zip(commits.Skip(1)).Append((commits[0], commits[^1])).Append((commits[^1], commits[1])))
        {
            var expected = (await work.RunAsync("diff", "--no-renames", "--name-only", before, after)).Split('\n').Order(StringComparer.Ordinal);
            Assert.Equal(expected, (await ReadAsync(before, after, 300))!.Order(StringComparer.Ordinal));
        }

        var all = (await work.RunAsync("ls-tree", "-r", "--name-only", commits[0])).Split('\n');
        Assert.Equal(all.Length, (await ReadAsync(null, commits[0], 300))!.Count);
        Assert.Single((await ReadAsync(null, commits[0], 1))!);
        Assert.Empty((await ReadAsync(commits[0], commits[0], 300))!);

        Task<IReadOnlyList<string>?> ReadAsync(string? before, string after, int limit) => readers.UseAsync(new RepositoryId(1), async reader =>
        {
            var old = before is null ? ObjectName.EmptyTree : (await Commit.ReadAsync(reader, before, CancellationToken.None))!.Tree;
            return await TreeDiff.ReadAsync(reader, old, (await Commit.ReadAsync(reader, after, CancellationToken.None))!.Tree, limit, CancellationToken.None);
        });
    }

    // Files appear, change, disappear, and take the place of folders and the other way round.
    private static void Change(string folder, Random random)
    {
        var path = folder;
        for (var depth = random.Next(1, 4); depth > 0; depth--)
        {
            path = Path.Combine(path, "abc"[random.Next(3)].ToString());
            if (depth > 1)
            {
                if (File.Exists(path))
                    File.Delete(path);
                Directory.CreateDirectory(path);
            }
        }

        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else if (File.Exists(path) && random.Next(2) == 0)
            File.Delete(path);
        else
            File.WriteAllText(path, random.Next().ToString());
    }
}
