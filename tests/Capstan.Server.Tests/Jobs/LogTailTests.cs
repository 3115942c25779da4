using System.Net;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Jobs;
using Capstan.Server.Logs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

/// <summary>How the end of a log comes with the report of its execution's end.</summary>
public sealed class LogTailTests
{
    [Fact]
    public async Task A_log_that_comes_whole_with_the_end_is_archived_by_it()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var request = new CompleteRequest(
            Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long> { [0] = 4, [1] = 14 },
            [new LogTail(1, 0, "one\ntwo\nthree\n"u8.ToArray()), new LogTail(0, 0, "job\n"u8.ToArray())]);

        Assert.IsType<CompleteResult.Done>(await world.Completion.CompleteAsync(key, request, default));
        await world.Server.Get<LogArchiver>().RunOnceAsync(default);

        Assert.Equal("1 0 0 0", await world.ScalarAsync<string>("""
            select concat_ws(' ', (select count(*) from actions_log_archives), (select count(*) from actions_log_streams), (select count(*) from actions_log_chunks),
                (select count(*) from blobs))
            """));
        var reader = world.Server.Get<LogReader>();
        Assert.Equal([new LogStreamState(0, 4, 1, false), new LogStreamState(1, 14, 3, false)], await reader.StreamsAsync(key.Execution, default));
        Assert.Equal(["job"], (await reader.ReadLinesAsync(key.Execution, 0, 0, 10, hasEnded: true, default)).Lines);
        Assert.Equal(["two", "three"], (await reader.ReadLinesAsync(key.Execution, 1, 1, 10, hasEnded: true, default)).Lines);
    }

    [Fact]
    public async Task A_log_in_its_archives_row_goes_with_its_time()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(options => options with { TimeProvider = clock });
        await world.ScalarAsync<object>("update repositories set visibility = 'public'");
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var request = new CompleteRequest(
            Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long> { [1] = 6 }, [new LogTail(1, 0, "hello\n"u8.ToArray())]);
        await world.Completion.CompleteAsync(key, request, default);
        var text = $"/v1/repos/acme/tools/jobs/{await world.ScalarAsync<long>("select id from actions_jobs")}/logs/text";
        using var visitor = world.Server.Anonymous();
        Assert.Equal("hello\n", await visitor.GetStringAsync(text));

        clock.Advance(TimeSpan.FromDays(90));
        await world.Server.Get<LogRetention>().RunOnceAsync(default);

        Assert.Equal("log_expired", await Problem.CodeAsync(await visitor.GetAsync(text), HttpStatusCode.Gone));
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from actions_log_archives where bytes is not null"));
    }

    [Fact]
    public async Task An_end_is_refused_while_log_bytes_are_missing()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var request = new CompleteRequest(Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long> { [1] = 10 });

        Assert.Equal(new CompleteResult.LogMissing(1, 0), await world.Completion.CompleteAsync(key, request, default));
        Assert.Equal("in_progress/", await world.RunStateAsync(run));

        await world.Seeds.ExecuteAsync("insert into actions_log_streams (job_execution_id, stream, next_offset, lines) values ($1, 1, 10, 1)", key.Execution.Value);
        Assert.IsType<CompleteResult.Done>(await world.Completion.CompleteAsync(key, request, default));
    }

    [Fact]
    public async Task The_last_bytes_of_a_log_come_with_the_end_and_are_stored_once()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var streams = world.Server.Get<LogStreams>();
        await streams.AppendAsync(new AppendTarget(key.Execution, key.Runner, key.FencingToken, 1, 0), "one\ntw"u8.ToArray(), default);
        var request = new CompleteRequest(
            Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long> { [0] = 4, [1] = 14 },
            [new LogTail(0, 0, "job\n"u8.ToArray()), new LogTail(1, 4, "two\nthree\n"u8.ToArray())]);

        Assert.IsType<CompleteResult.Done>(await world.Completion.CompleteAsync(key, request, default));
        Assert.IsType<CompleteResult.Done>(await world.Completion.CompleteAsync(key, request, default));

        var reader = world.Server.Get<LogReader>();
        Assert.Equal(["job"], (await reader.ReadLinesAsync(key.Execution, 0, 0, 10, hasEnded: true, default)).Lines);
        Assert.Equal(["one", "two", "three"], (await reader.ReadLinesAsync(key.Execution, 1, 0, 10, hasEnded: true, default)).Lines);
        Assert.Equal(["three"], (await reader.ReadLinesAsync(key.Execution, 1, 2, 10, hasEnded: true, default)).Lines);
        await world.Server.Get<LogArchiver>().RunOnceAsync(default);
        Assert.Equal(["one", "two", "three"], (await reader.ReadLinesAsync(key.Execution, 1, 0, 10, hasEnded: true, default)).Lines);
    }

    [Fact]
    public async Task Last_bytes_that_do_not_follow_what_is_stored_are_not_taken()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var request = new CompleteRequest(
            Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long> { [1] = 14 }, [new LogTail(1, 4, "two\nthree\n"u8.ToArray())]);

        Assert.Equal(new CompleteResult.LogMissing(1, 0), await world.Completion.CompleteAsync(key, request, default));
        Assert.Equal("in_progress/", await world.RunStateAsync(run));
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from actions_log_chunks"));
    }

    [Fact]
    public async Task A_stream_that_is_full_misses_nothing()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        await world.Seeds.ExecuteAsync(
            "insert into actions_log_streams (job_execution_id, stream, next_offset, lines, limit_reached_at) values ($1, 1, 10, 1, '2026-01-01Z')", key.Execution.Value);
        var request = new CompleteRequest(
            Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long> { [1] = 14 }, [new LogTail(1, 10, "more"u8.ToArray())]);

        Assert.IsType<CompleteResult.Done>(await world.Completion.CompleteAsync(key, request, default));
        Assert.Equal(10, await world.ScalarAsync<long>("select next_offset from actions_log_streams"));
    }
}
