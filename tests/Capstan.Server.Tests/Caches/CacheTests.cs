using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Capstan.Server.Caches;
using Capstan.Server.Tests.Blobs;
using Capstan.Server.Tests.Data;
using Capstan.Server.Tests.Jobs;
using Capstan.Testing;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Caches;

public sealed class CacheTests
{
    private const string PullRequest = """
        with pull as (update actions_workflow_runs set ref = 'refs/pull/7/merge' where id = @Run returning trigger_event_id)
        update trigger_events set payload = '{"pull_request":{"base":{"ref":"release"}}}' from pull where id = pull.trigger_event_id
        """;

    [Fact]
    public async Task What_one_run_saves_a_later_run_of_the_same_ref_restores()
    {
        await using var world = await JobWorld.StartAsync();
        var saved = await (await JobClient.StartAsync(world)).SaveCacheAsync("npm-1", "packages"u8.ToArray());
        var job = await JobClient.StartAsync(world);
        var found = await job.LookUpAsync("v1", "npm-1");
        Assert.Equal(saved, found);
        Assert.Equal(("npm-1", "v1", "refs/heads/main", 8), (saved.Key, saved.Version, saved.Ref, saved.SizeBytes));
        Assert.Equal("packages", await job.Http.GetStringAsync($"{CacheProtocol.Path}/{found!.Id}/content"));
        Assert.Null(await job.LookUpAsync("v2", "npm-1"));
        Assert.Null(await job.LookUpAsync("v1", "npm-2"));
    }

    /// <summary>Saved in this order: npm-a-1, npm-a-2, npm-b-1, npm, NPM-c.</summary>
    [Theory]
    [InlineData("npm-a-1", "npm-a-1")]
    [InlineData("npm", "npm")]
    [InlineData("npm-b-1", "npm-b-1 npm-")]
    [InlineData("npm-b-1", "none npm-")]
    [InlineData("npm-a-2", "none npm-a- npm-b-")]
    [InlineData("npm-a-2", "npm-a-")]
    [InlineData("npm-a-1", "none npm-a-1 npm-b-1")]
    [InlineData("NPM-c", "NPM-")]
    [InlineData(null, "Npm-")]
    [InlineData(null, "npm-a-1-longer")]
    [InlineData(null, "n%")]
    [InlineData(null, "npm_a")]
    public async Task Keys_are_looked_through_in_their_order_exact_before_prefix_and_the_newest_first(string? expected, string keys)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        foreach (var key in (string[])["npm-a-1", "npm-a-2", "npm-b-1", "npm", "NPM-c"])
            await job.SaveCacheAsync(key, [1]);
        Assert.Equal(expected, (await job.LookUpAsync("v1", keys.Split(' ')))?.Key);
    }

    [Theory]
    [InlineData("refs/heads/main", "refs/heads/main")]
    [InlineData("refs/heads/topic", "refs/heads/topic refs/heads/main")]
    [InlineData("refs/tags/v1", "refs/tags/v1 refs/heads/main")]
    [InlineData("refs/pull/7/merge", "refs/pull/7/merge refs/heads/release refs/heads/main")]
    public async Task A_run_reads_its_own_ref_its_base_and_the_default_branch_in_this_order_and_no_sibling(string reference, string readable)
    {
        await using var world = await JobWorld.StartAsync();
        foreach (var other in (string[])["refs/heads/main", "refs/heads/topic", "refs/heads/release", "refs/heads/sibling", "refs/tags/v1", "refs/tags/v2", "refs/pull/7/merge", "refs/pull/8/merge"])
            await SaveAsync(world, other, $"key-{other}");
        var job = await JobClient.StartAsync(world, change: reference.StartsWith("refs/pull/", StringComparison.Ordinal) ? PullRequest : RunOf(reference));

        var seen = new List<string>();
        while (await job.LookUpAsync("v1", "key-") is { } found)
        {
            seen.Add(found.Ref);
            await world.ScalarAsync<object>("delete from actions_caches where id = @Id", new { found.Id });
        }

        Assert.Equal(readable.Split(' '), seen);
    }

    [Fact]
    public async Task A_cache_of_a_sibling_is_not_downloaded_by_its_number_either()
    {
        await using var world = await JobWorld.StartAsync();
        var sibling = await SaveAsync(world, "refs/heads/sibling", "key");
        var job = await JobClient.StartAsync(world, change: RunOf("refs/heads/topic"));
        Assert.Equal("not_found", await Problem.CodeAsync(await job.Http.GetAsync($"{CacheProtocol.Path}/{sibling.Id}/content"), HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Another_repository_sees_none_of_a_repositorys_caches()
    {
        await using var world = await JobWorld.StartAsync();
        await SaveAsync(world, "refs/heads/main", "key");
        var other = await world.Seeds.RepositoryAsync(world.Organization.Value, "other");
        var job = await JobClient.StartAsync(world, change: $"update actions_workflow_runs set repository_id = {other} where id = @Run");
        Assert.Null(await job.LookUpAsync("v1", "key"));
    }

    [Theory]
    [InlineData("refs/heads/main", false)]
    [InlineData("refs/pull/7/merge", true)]
    public async Task A_run_that_is_not_trusted_writes_for_its_own_pull_request_only(string reference, bool mayWrite)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world, change: $"update actions_workflow_runs set trust = 'restricted', ref = '{reference}' where id = @Run");
        var answer = await job.ReserveCacheAsync("key");
        if (mayWrite)
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        else
            Assert.Equal("cache_read_only", await Problem.CodeAsync(answer, HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_key_is_the_first_ones_that_reserves_it_and_is_free_again_when_that_job_ends_without_saving()
    {
        await using var world = await JobWorld.StartAsync();
        var (one, two) = (await JobClient.StartAsync(world), await JobClient.StartAsync(world));
        var id = await JobClient.IdAsync(await one.ReserveCacheAsync("key"));
        Assert.Equal(id, await JobClient.IdAsync(await one.ReserveCacheAsync("key")));
        Assert.Equal("cache_exists", await Problem.CodeAsync(await two.ReserveCacheAsync("key"), HttpStatusCode.Conflict));
        Assert.Null(await two.LookUpAsync("v1", "key"));
        Assert.NotEqual(id, await JobClient.IdAsync(await two.ReserveCacheAsync("key", "v2")));

        await world.EndAsync(one.Key);
        var taken = await JobClient.IdAsync(await two.ReserveCacheAsync("key"));
        Assert.Equal(HttpStatusCode.OK, (await two.TryUploadAsync(CacheProtocol.Path, taken, [1])).StatusCode);
        Assert.Equal("cache_exists", await Problem.CodeAsync(await two.ReserveCacheAsync("key"), HttpStatusCode.Conflict));
        Assert.Equal(["committed", "deleted", "staging"], await world.QueryAsync<string>("select state from blobs order by state"));
    }

    [Fact]
    public async Task Of_many_jobs_that_reserve_at_once_one_does_the_work()
    {
        await using var world = await JobWorld.StartAsync();
        var jobs = new List<JobClient>();
        for (var n = 0; n < 4; n++)
            jobs.Add(await JobClient.StartAsync(world));
        var answers = await Task.WhenAll(jobs.Select(job => job.ReserveCacheAsync("key")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("", "v")]
    [InlineData("a,b", "v")]
    [InlineData("a\nb", "v")]
    [InlineData("a", "")]
    [InlineData("a", "ü")]
    public async Task Malformed_keys_and_versions_are_refused(string key, string version)
    {
        await using var world = await JobWorld.StartAsync();
        Assert.Equal("invalid", await Problem.CodeAsync(await (await JobClient.StartAsync(world)).ReserveCacheAsync(key, version), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Keys_and_versions_may_be_as_long_and_as_many_as_the_limit()
    {
        await using var world = await JobWorld.StartAsync();
        var reference = "refs/heads/" + string.Join('/', Enumerable.Range(0, 4).Select(_ => Guid.NewGuid() + new string('r', 210)));
        var job = await JobClient.StartAsync(world, change: RunOf(reference));
        var (key, version) = (Noise('À', 200, CacheProtocol.MaxKeyLength), Noise('0', 70, CacheProtocol.MaxVersionLength));
        await job.SaveCacheAsync(key, [1], version);
        Assert.Equal(key, (await job.LookUpAsync(version, [.. Enumerable.Range(1, CacheProtocol.MaxKeys - 1).Select(n => $"k{n}"), key]))!.Key);
        Assert.Equal("invalid", await Problem.CodeAsync(await job.ReserveCacheAsync(key + "k", version), HttpStatusCode.BadRequest));
        Assert.Equal("invalid", await Problem.CodeAsync(await job.ReserveCacheAsync("key", version + "v"), HttpStatusCode.BadRequest));
        Assert.NotEmpty(CacheRules.Check([.. Enumerable.Repeat("k", CacheProtocol.MaxKeys + 1)], "v"));
        Assert.NotEmpty(CacheRules.Check([], "v"));
        Assert.NotEmpty(CacheRules.Check([new string('€', CacheProtocol.MaxKeyLength)], "v"));

        // What cannot be compressed, so that the index's entry is as long as it gets.
        string Noise(char first, int range, int length) =>
            string.Concat(Enumerable.Range(0, length).Select(n => (char)(first + (BitConverter.ToUInt16(SHA256.HashData(BitConverter.GetBytes(n))) % range))));
    }

    [Fact]
    public async Task A_cache_that_nobody_used_for_a_week_goes_and_a_used_one_stays()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(options => options with { TimeProvider = clock });
        await SaveAsync(world, "refs/heads/main", "used");
        await SaveAsync(world, "refs/heads/main", "unused");
        clock.Advance(TimeSpan.FromDays(6));
        Assert.NotNull(await (await JobClient.StartAsync(world)).LookUpAsync("v1", "used"));
        clock.Advance(TimeSpan.FromDays(1));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Server.Get<CacheSweeper>().RunOnceAsync(default)));
        Assert.Equal(["used"], await KeysAsync(world));
        clock.Advance(TimeSpan.FromDays(7));
        await world.Server.Get<CacheSweeper>().RunOnceAsync(default);
        Assert.Empty(await KeysAsync(world));
        clock.Advance(BlobSweeper.DeletedGrace + TimeSpan.FromSeconds(1));
        await world.Server.Get<BlobSweeper>().RunOnceAsync(default);
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from blobs"));
    }

    [Fact]
    public async Task Of_too_many_bytes_the_longest_unused_go_and_other_repositories_are_left_alone()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(options => options with { TimeProvider = clock, CacheBytesPerRepository = 30 });
        foreach (var key in (string[])["a", "b", "c", "d"])
        {
            await SaveAsync(world, "refs/heads/main", key, new byte[10]);
            clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.NotNull(await (await JobClient.StartAsync(world)).LookUpAsync("v1", "a"));
        var other = await world.Seeds.RepositoryAsync(world.Organization.Value, "other");
        await world.ScalarAsync<object>(
            """
            insert into actions_caches (repository_id, scope, version, key, job_execution_id, state, blob_id, size_bytes, sha256, created_at, last_used_at)
            select @Other, scope, version, 'other', job_execution_id, state, blob_id, 30, sha256, created_at, created_at - interval '1 day' from actions_caches limit 1
            """,
            new { Other = other });
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Server.Get<CacheSweeper>().RunOnceAsync(default)));
        Assert.Equal(["a", "c", "d", "other"], await KeysAsync(world));
    }

    [Fact]
    public async Task A_reservation_that_nobody_fulfilled_is_forgotten()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(options => options with { TimeProvider = clock });
        await (await JobClient.StartAsync(world)).ReserveCacheAsync("key");
        clock.Advance(TimeSpan.FromHours(CacheProtocol.ReservationHours));
        await world.Server.Get<CacheSweeper>().RunOnceAsync(default);
        Assert.Empty(await KeysAsync(world));
        Assert.Equal("deleted", Assert.Single(await world.QueryAsync<string>("select state from blobs")));
    }

    [Fact]
    public async Task People_list_caches_and_who_writes_the_repository_deletes_them()
    {
        await using var world = await JobWorld.StartAsync();
        var cache = await SaveAsync(world, "refs/heads/main", "key");
        var (reporterId, _, reporter) = await world.Server.SignedInAsync();
        var (developerId, _, developer) = await world.Server.SignedInAsync();
        await world.Seeds.RepositoryMemberAsync(world.Repository.Value, reporterId.Value, "reporter");
        await world.Seeds.RepositoryMemberAsync(world.Repository.Value, developerId.Value, "developer");
        var address = "/v1/repos/acme/tools/caches";
        Assert.Equal("key", Assert.Single((await reporter.GetFromJsonAsync(address, JobClient.Json.CachePage))!.Items).Key);
        Assert.Equal("forbidden", await Problem.CodeAsync(await reporter.DeleteAsync($"{address}/{cache.Id}"), HttpStatusCode.Forbidden));
        Assert.Equal(HttpStatusCode.NoContent, (await developer.DeleteAsync($"{address}/{cache.Id}")).StatusCode);
        Assert.Equal("not_found", await Problem.CodeAsync(await developer.DeleteAsync($"{address}/{cache.Id}"), HttpStatusCode.NotFound));
        Assert.Equal("key", Assert.Single(await world.QueryAsync<string>("select target from audit_events where action = 'cache.delete'")));
    }

    [Fact]
    public async Task A_lookup_reads_a_range_of_the_index_and_nothing_scans_the_table()
    {
        await using var database = await ServerDatabase.CreateAsync();
        await using (var connection = await database.Database.OpenAsync())
        {
            await connection.ExecuteAsync("set session_replication_role = replica");
            await connection.ExecuteAsync(
                """
                insert into actions_caches (repository_id, scope, version, key, job_execution_id, state, blob_id, size_bytes, sha256, created_at, last_used_at)
                select n % 50, 'refs/heads/main', 'v', 'key-' || n, 1, 'available', gen_random_uuid(), 1, '', now(), now() from generate_series(1, 20000) n;
                analyze actions_caches
                """);
        }

        var lookup = await QueryPlan.OfAsync(
            database.ConnectionString, CacheStore.LookupSql,
            ("Scopes", new[] { "refs/heads/main" }), ("Keys", new[] { "key-1" }), ("Repository", 1L), ("Version", "v"), ("Now", FakeClock.DefaultStart), ("NotSince", FakeClock.DefaultStart));
        Assert.DoesNotContain("Seq Scan on actions_caches", lookup, StringComparison.Ordinal);
        Assert.Matches("Index Cond:.*key >= .*key < ", lookup);
        var scopes = await QueryPlan.OfAsync(database.ConnectionString, CacheScopes.Select, ("Execution", 1L));
        Assert.DoesNotContain("Seq Scan", scopes, StringComparison.Ordinal);
        var unused = await QueryPlan.OfAsync(
            database.ConnectionString, CacheSweeper.EvictUnused, ("UnusedSince", FakeClock.DefaultStart), ("ReservedBefore", FakeClock.DefaultStart), ("BatchSize", 10), ("Now", FakeClock.DefaultStart));
        Assert.DoesNotContain("Seq Scan on actions_caches", unused, StringComparison.Ordinal);
    }

    private static string RunOf(string reference) => $"update actions_workflow_runs set ref = '{reference}' where id = @Run";

    private static async Task<CacheResponse> SaveAsync(JobWorld world, string reference, string key, byte[]? bytes = null) =>
        await (await JobClient.StartAsync(world, change: RunOf(reference))).SaveCacheAsync(key, bytes ?? [1]);

    private static Task<IReadOnlyList<string>> KeysAsync(JobWorld world) => world.QueryAsync<string>("select key from actions_caches order by key");
}
