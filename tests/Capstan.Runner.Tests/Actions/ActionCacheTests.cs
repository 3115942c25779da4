using Capstan.Runner.Actions;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

public sealed class ActionCacheTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Commits_that_no_job_used_for_thirty_days_go_with_all_that_downloads_left()
    {
        var old = Make("git.example.org/acme/hello/one", days: 31);
        var used = Make("git.example.org/acme/hello/two", days: 31);
        var young = Make("git.example.org/acme/other/three", days: 29);
        var left = Make("git.example.org/.incoming/four", days: 0);
        ActionCache.Touch(used);
        ActionCache.RemoveUnused(folder.Path);

        Assert.Equal([false, true, true, false], new[] { old, used, young, left }.Select(Directory.Exists));
    }

    [Fact]
    public void A_download_that_is_under_way_stays_and_one_left_long_ago_goes()
    {
        var old = Make("git.example.org/.incoming/one", days: 2);
        var young = Make("git.example.org/.incoming/two", days: 0);
        var commit = Make("git.example.org/acme/hello/three", days: 100);
        ActionCache.RemoveAbandoned(folder["git.example.org"]);

        Assert.Equal([false, true, true], new[] { old, young, commit }.Select(Directory.Exists));
    }

    [Fact]
    public void What_a_link_leads_to_is_no_part_of_the_cache()
    {
        var outside = Make("outside/hello/one", days: 100);
        Directory.CreateDirectory(folder["cache/git.example.org"]);
        File.CreateSymbolicLink(folder["cache/git.example.org/acme"], folder["outside"]);
        ActionCache.RemoveUnused(folder["cache"]);

        Assert.True(Directory.Exists(outside));
    }

    [Fact]
    public void A_cache_that_is_not_there_yet_is_no_error() => ActionCache.RemoveUnused(folder["none"]);

    private string Make(string path, int days)
    {
        Directory.CreateDirectory(folder[path]);
        File.WriteAllText(Path.Combine(folder[path], "file"), "x");
        Directory.SetLastWriteTimeUtc(folder[path], TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-days));
        return folder[path];
    }
}
