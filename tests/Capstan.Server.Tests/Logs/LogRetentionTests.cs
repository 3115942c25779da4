using System.Net;
using Capstan.Server.Blobs;
using Capstan.Server.Logs;
using Capstan.Server.Tests.Data;
using Capstan.Server.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LogRetentionTests
{
    [Fact]
    public async Task A_log_is_kept_for_its_time_and_then_said_to_be_gone()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(options => options with { TimeProvider = clock });
        await world.ScalarAsync<object>("update repositories set visibility = 'public'");
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        await world.Server.Get<LogStreams>().AppendAsync(new AppendTarget(key.Execution, key.Runner, key.FencingToken, 1, 0), "hello\n"u8.ToArray(), default);
        await world.EndAsync(key);
        await world.Server.Get<LogArchiver>().RunOnceAsync(default);
        var job = await world.ScalarAsync<long>("select id from actions_jobs");
        var text = $"/v1/repos/acme/tools/jobs/{job}/logs/text";
        using var visitor = world.Server.Anonymous();

        clock.Advance(TimeSpan.FromDays(90) - TimeSpan.FromSeconds(1));
        await world.Server.Get<LogRetention>().RunOnceAsync(default);
        Assert.Equal("hello\n", await visitor.GetStringAsync(text));
        clock.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Server.Get<LogRetention>().RunOnceAsync(default)));
        foreach (var address in (string[])[text, $"/v1/repos/acme/tools/jobs/{job}/logs", $"/v1/repos/acme/tools/jobs/{job}/log-events"])
            Assert.Equal("log_expired", await Problem.CodeAsync(await visitor.GetAsync(address), HttpStatusCode.Gone));
        Assert.Contains("not kept any longer", await visitor.GetStringAsync($"/acme/tools/runs/{run.Id.Value}"), StringComparison.Ordinal);

        clock.Advance(BlobSweeper.DeletedGrace + TimeSpan.FromSeconds(1));
        await world.Server.Get<BlobSweeper>().RunOnceAsync(default);
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from blobs"));
    }

    [Fact]
    public async Task Looking_for_old_logs_scans_no_table()
    {
        await using var database = await ServerDatabase.CreateAsync();
        var plan = await QueryPlan.OfAsync(database.ConnectionString, LogRetention.Expire, ("Now", FakeClock.DefaultStart), ("Before", FakeClock.DefaultStart), ("BatchSize", 10));
        Assert.DoesNotContain("Seq Scan on actions_", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on blobs", plan, StringComparison.Ordinal);
    }
}
