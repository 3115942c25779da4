using System.Formats.Tar;
using System.IO.Compression;
using System.Net.Sockets;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Caches;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Jobs;
using Capstan.Runner.Uploads;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Caches;

/// <summary>The built-in actions in real jobs, each with a workspace of its own, with the caches in one folder.</summary>
public sealed class CacheActionsTests : IDisposable
{
    private const string Key = "deps-v1";

    private readonly TemporaryFolder folder = new();
    private readonly List<JobHarness> jobs = [];
    private readonly FolderCaches caches;

    public CacheActionsTests() => caches = new FolderCaches(folder["caches"], "refs/heads/main", TimeProvider.System);

    public void Dispose()
    {
        jobs.ForEach(job => job.Dispose());
        folder.Dispose();
    }

    [Fact]
    public async Task What_has_no_name_in_UTF8_is_left_out_with_a_warning_and_the_rest_is_saved()
    {
        var (result, log) = await RunAsync(
            """
            - run: mkdir deps && echo x > deps/tool && echo y > $'deps/b\xffad' && mkdir $'deps/in\xfe' && echo z > $'deps/in\xfe/it'
            - uses: actions/cache/save@v4
              with: { key: deps-v1, path: deps }
            - run: rm -r deps
            - uses: actions/cache/restore@v4
              with: { key: deps-v1, path: deps }
            - run: test "$(ls deps)" = tool
            """);
        Good(result, log);
        Assert.Contains("is left out of the cache: its name is no UTF-8", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_pattern_of_a_cache_means_and_has_no_name_in_UTF8_is_told_too()
    {
        var (result, log) = await RunAsync(
            """
            - run: mkdir deps && echo x > deps/tool && echo y > $'deps/b\xffad'
            - uses: actions/cache/save@v4
              with: { key: deps-v1, path: deps/* }
            - run: rm -r deps
            """);
        Good(result, log);
        Assert.Contains("/deps/b\uFFFDad is left out of the cache: its name is no UTF-8", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_job_leaves_at_its_end_the_next_one_finds()
    {
        var (first, log) = await RunAsync(
            """
            - uses: actions/cache@v4
              id: cache
              with: { key: deps-v1, path: deps }
            - run: test "${{ steps.cache.outputs.cache-hit }}" = "" && mkdir -p deps/empty && echo x > deps/tool && chmod 750 deps/tool && ln -s tool deps/link && ln deps/tool deps/hard
            """);
        Good(first, log);
        Assert.Contains($"Cache not found for input keys: {Key}", log, StringComparison.Ordinal);
        Assert.Contains($"Cache saved with key: {Key}", log, StringComparison.Ordinal);

        (var second, log) = await RunAsync(
            """
            - uses: actions/cache@v4
              id: cache
              with: { key: deps-v1, path: deps }
            - run: |
                test "${{ steps.cache.outputs.cache-hit }} ${{ steps.cache.outputs.cache-primary-key }} ${{ steps.cache.outputs.cache-matched-key }}" = "true deps-v1 deps-v1"
                test -d deps/empty && test "$(readlink deps/link)" = tool && test "$(stat -c %a deps/tool)" = 750 && test "$(cat deps/hard)" = x
            """);
        Good(second, log);
        Assert.Contains($"Cache hit for: {Key}", log, StringComparison.Ordinal);
        Assert.Contains($"Cache restored from key: {Key}", log, StringComparison.Ordinal);
        Assert.Contains($"Cache hit occurred on the primary key {Key}, not saving cache.", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_fails_saves_nothing_and_says_why()
    {
        var job = New();
        await job.RunStepsAsync("- uses: actions/cache@v4\n  with: { key: deps-v1, path: deps }\n- run: mkdir deps; exit 1");

        var post = job.Reports.Last(report => report.Name == "Post Run actions/cache@v4");
        Assert.Equal((Conclusion.Skipped, "A cache is saved when the job succeeds."), (post.Conclusion, post.Why));
        Assert.Null(await FoundAsync(Key));
    }

    [Theory]
    [InlineData("other", "", "")]
    [InlineData("deps-v1", "", "deps-v1 true")]
    [InlineData("DEPS-v1", "deps-v1", "deps-v1 true")]
    [InlineData("other", "deps-", "deps-v2 false")]
    [InlineData("deps-v9", "nothing- deps-v1", "deps-v1 false")]
    [InlineData("deps-", "", "deps-v2 false")]
    public async Task Keys_are_tried_in_their_order(string key, string restoreKeys, string outcome)
    {
        await SaveAsync("deps-v1");
        await SaveAsync("deps-v2");

        var (result, log) = await RunAsync(
            $"""
            - uses: actions/cache/restore@v4
              id: cache
              with:
                key: {key}
                path: deps
                restore-keys: |
                  {restoreKeys.Replace(" ", "\n      ", StringComparison.Ordinal)}
            - run: echo "outcome=$(echo ${"{{"} steps.cache.outputs.cache-matched-key {"}}"} ${"{{"} steps.cache.outputs.cache-hit {"}}"})."
            - run: test ! -e deps || grep -q '^${"{{"} steps.cache.outputs.cache-matched-key {"}}"}$' deps/what
            """);

        Good(result, log);
        Assert.Contains($"outcome={outcome}.", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cache_found_under_another_key_is_saved_under_its_own()
    {
        await SaveAsync("deps-v1");

        Good(await RunAsync("- uses: actions/cache@v4\n  with: { key: deps-v2, path: deps, restore-keys: deps- }\n- run: echo more >> deps/what"));

        Assert.NotNull(await FoundAsync("deps-v2"));
    }

    [Fact]
    public async Task A_cache_does_not_change()
    {
        await SaveAsync(Key);
        var before = await FoundAsync(Key);

        var (result, log) = await RunAsync("- run: mkdir deps && echo other > deps/what\n- uses: actions/cache/save@v4\n  with: { key: deps-v1, path: deps }");

        Good(result, log);
        Assert.Contains($"Failed to save: Unable to reserve cache with key {Key}, another job may be creating this cache", log, StringComparison.Ordinal);
        Assert.Contains("##[warning]Cache save failed.", log, StringComparison.Ordinal);
        Assert.Equal(before, await FoundAsync(Key));
    }

    [Fact]
    public async Task Looking_is_not_taking()
    {
        await SaveAsync(Key);

        var (result, log) = await RunAsync(
            """
            - uses: actions/cache/restore@v4
              id: cache
              with: { key: deps-v1, path: deps, lookup-only: true }
            - run: test ${{ steps.cache.outputs.cache-hit }} = true && test ! -e deps
            """);

        Good(result, log);
        Assert.Contains($"Cache found and can be restored from key: {Key}", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actions/cache/restore@v4", "key: none\n    path: deps\n    fail-on-cache-miss: true", "##[error]Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: none")]
    [InlineData("actions/cache@v4", "path: deps", "##[error]Input required and not supplied: key")]
    [InlineData("actions/cache@v4", "key: a", "##[error]Input required and not supplied: path")]
    [InlineData("actions/cache@v4", "key: 'a,b'\n    path: deps", "##[error]Key Validation Error: a,b cannot contain commas.")]
    [InlineData("actions/cache@v4", "key: a\n    path: deps\n    restore-keys: |\n      1\n      2\n      3\n      4\n      5\n      6\n      7\n      8\n      9\n      10", "##[error]Key Validation Error: Keys are limited to a maximum of 10.")]
    public async Task What_is_wrong_fails_the_step(string uses, string with, string message)
    {
        var (result, log) = await RunAsync($"- uses: {uses}\n  with:\n    {with}");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("\n" + message, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_has_at_most_512_characters()
    {
        Good(await RunAsync($"- uses: actions/cache/restore@v4\n  with: {{ key: {new string('k', 512)}, path: deps }}"));
        var (_, log) = await RunAsync($"- uses: actions/cache/restore@v4\n  with: {{ key: {new string('k', 513)}, path: deps }}");
        Assert.Contains($"{new string('k', 513)} cannot be larger than 512 characters.", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_that_are_not_there_save_nothing_and_fail_nothing()
    {
        var (result, log) = await RunAsync("- uses: actions/cache/save@v4\n  with: { key: deps-v1, path: deps }");

        Good(result, log);
        Assert.Contains("Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is being saved.", log, StringComparison.Ordinal);
        Assert.Null(await FoundAsync(Key));
    }

    [Fact]
    public async Task Pipes_and_sockets_are_left_out()
    {
        var job = New();
        job.Write("deps/a", "x");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(job.Workspace, "deps", "socket")));
        Good(await job.RunStepsAsync("- run: mkfifo deps/pipe\n- uses: actions/cache/save@v4\n  with: { key: k, path: deps }"), job.Log);
        Assert.NotNull(await FoundAsync("k"));

        Good(await RunAsync("- uses: actions/cache/restore@v4\n  with: { key: k, path: deps }\n- run: test \"$(ls deps)\" = a"));
    }

    [Fact]
    public async Task What_lies_in_the_home_folder_comes_back_into_another_home()
    {
        Good(await RunAsync("- run: mkdir ~/.deps && echo x > ~/.deps/a\n- uses: actions/cache/save@v4\n  with: { key: k, path: ~/.deps }", home: folder["one"]));
        Good(await RunAsync("- uses: actions/cache/restore@v4\n  with: { key: k, path: ~/.deps }\n- run: test $(cat ~/.deps/a) = x", home: folder["two"]));
    }

    [Theory]
    [InlineData("workspace/../../evil", "leads out of its place")]
    [InlineData("/tmp/evil", "leads out of its place")]
    [InlineData("workspace/link/evil", "lies behind one of its links")]
    public async Task A_cache_that_means_to_write_elsewhere_is_not_taken(string name, string why)
    {
        var version = new CachePlaces("/w", "/t", "/tools", "/h").VersionOf(["deps"], "/w", "/h");
        await caches.SaveAsync(
            new ReserveCacheRequest("evil", version),
            async (stream, cancel) =>
            {
                await using var zipped = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
                await using var tar = new TarWriter(zipped, leaveOpen: true);
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "workspace/link") { LinkName = folder.Path }, cancel);
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream([1]) }, cancel);
            },
            default);

        var (result, log) = await RunAsync("- uses: actions/cache/restore@v4\n  id: c\n  with: { key: evil, path: deps }\n- run: test \"${{ steps.c.outputs.cache-hit }}\" = \"\"");

        Good(result, log);
        Assert.Contains($"##[warning]Failed to restore: '{name}' in the cache {why}", log, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["evil"]) || File.Exists("/tmp/evil"));
    }

    [Fact]
    public async Task Unused_caches_go_after_a_week_and_those_that_are_used_stay()
    {
        var clock = new FakeClock(TimeProvider.System.GetUtcNow());
        var aging = new FolderCaches(folder["caches"], "refs/heads/main", clock);
        foreach (var key in (string[])["used", "unused"]) await aging.SaveAsync(new ReserveCacheRequest(key, "1"), Write, default);
        clock.Advance(TimeSpan.FromDays(6));
        await aging.LookUpAsync(new CacheLookupRequest(["used"], "1"), default);
        clock.Advance(TimeSpan.FromDays(2));
        await aging.SaveAsync(new ReserveCacheRequest("new", "1"), Write, default);

        Assert.NotNull(await FoundAsync("used", "1"));
        Assert.NotNull(await FoundAsync("new", "1"));
        Assert.Null(await FoundAsync("unused", "1"));

        static Task Write(Stream stream, CancellationToken cancel) => stream.WriteAsync(new byte[] { 1 }, cancel).AsTask();
    }

    [Fact]
    public async Task Jobs_that_evict_the_same_caches_at_the_same_time_fail_nobody()
    {
        var old = new FolderCaches(folder["caches"], "refs/heads/main", new FakeClock(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(8)));
        foreach (var key in Enumerable.Range(0, 200)) await old.SaveAsync(new ReserveCacheRequest($"old-{key}", "1"), Write, default);

        var saved = await Task.WhenAll(Enumerable.Range(0, 8).Select(key => Task.Run(() => caches.SaveAsync(new ReserveCacheRequest($"new-{key}", "1"), Write, default))));

        Assert.All(saved, result => Assert.IsType<StoreResult<CacheResponse>.Done>(result));
        Assert.Null(await FoundAsync("old-", "1"));
        Assert.NotNull(await FoundAsync("new-", "1"));

        static Task Write(Stream stream, CancellationToken cancel) => stream.WriteAsync(new byte[] { 1 }, cancel).AsTask();
    }

    private static void Good((JobResult Result, string Log) run) => Good(run.Result, run.Log);

    private static void Good(JobResult result, string log) => Assert.True(result.Conclusion == Conclusion.Success, log);

    private Task SaveAsync(string key) =>
        RunAsync($"- run: mkdir deps && echo {key} > deps/what\n- uses: actions/cache/save@v4\n  with: {{ key: {key}, path: deps }}");

    private async Task<CacheResponse?> FoundAsync(string key, string? version = null)
    {
        var own = version ?? new CachePlaces("/w", "/t", "/tools", "/h").VersionOf(["deps"], "/w", "/h");
        var found = await caches.LookUpAsync(new CacheLookupRequest([key], own), default);
        return ((StoreResult<CacheResponse?>.Done)found).Value;
    }

    private JobHarness New()
    {
        var job = new JobHarness();
        job.Settings = job.Settings with { Caches = caches };
        jobs.Add(job);
        return job;
    }

    private async Task<(JobResult Result, string Log)> RunAsync(string steps, string? home = null)
    {
        var job = New();
        if (home is not null)
        {
            Directory.CreateDirectory(home);
            job.Settings = job.Settings with { BaseEnvironment = new Dictionary<string, string>(job.Settings.BaseEnvironment) { ["HOME"] = home } };
        }

        return (await job.RunStepsAsync(steps), job.Log);
    }
}
