using System.Collections.Concurrent;
using Capstan.Contracts;
using Capstan.Orchestration.Local;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Jobs;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

public sealed class LocalRuns
{
    /// <summary>A wake-up that is lost fails its test and does not keep it for ever.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Jobs_are_executed_in_the_order_of_their_needs_with_their_contexts()
    {
        var assignments = new ConcurrentDictionary<string, JobOrder>();
        var conclusion = await Run(
            (job, order, _) =>
            {
                assignments[job.Name] = order;
                return new JobOutcome(Conclusion.Success) { Outputs = new Dictionary<string, string> { ["v"] = job.Name } };
            },
            Job("a"),
            Job("b", needs: ["a"], matrix: Matrix(2)));

        Assert.Equal(Conclusion.Success, conclusion);
        var contexts = assignments["b (1)"].Contexts;
        Assert.Equal("a", Text(contexts, "needs", "a", "outputs", "v"));
        Assert.Equal("1", Text(contexts, "matrix", "n"));
        Assert.Equal("2", Text(contexts, "strategy", "job-total"));
        Assert.Equal("b", Text(contexts, "github", "job"));
        Assert.Equal("7", Text(contexts, "github", "run_id"));
        Assert.Equal("main", Text(contexts, "github", "ref_name"));
    }

    [Fact]
    public async Task A_skipped_job_is_told_with_its_reason_and_never_executed()
    {
        var told = new List<string>();
        var conclusion = await Run(
            (_, _, _) => new JobOutcome(Conclusion.Failure),
            settings => settings with { Ended = (job, outcome) => told.Add($"{job.Name}: {outcome.Conclusion.Name()}, {outcome.Reason}") },
            Job("a"),
            Job("b", needs: ["a"]));

        Assert.Equal(Conclusion.Failure, conclusion);
        Assert.Equal(["b: skipped, success() => false (success() is false)"], told);
    }

    [Fact]
    public async Task Cancelling_ends_waiting_jobs_and_tells_running_ones()
    {
        using var cancel = new CancellationTokenSource();
        var executed = new ConcurrentBag<string>();
        using var run = new LocalRun(RunPlan.Of(Workflow.Of(Job("a"), Job("b", needs: ["a"]), Job("c", needs: ["a"], condition: "always()"))), Facts.OfAPush, new LocalRunSettings
        {
            Execute = (job, _, token) =>
            {
                executed.Add(job.Key);
                if (job.Key == "a")
                {
                    cancel.Cancel();
                    token.WaitHandle.WaitOne();
                    return new JobOutcome(Conclusion.Cancelled);
                }

                return new JobOutcome(Conclusion.Success);
            },
        });

        var conclusion = await Task.Run(() => run.Run(cancel.Token), CancellationToken.None).WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(Conclusion.Cancelled, conclusion);
        Assert.Equal(["a", "c"], executed.Order());
    }

    [Fact]
    public async Task A_job_cancelled_while_it_waits_for_a_place_is_told_as_cancelled_and_never_executed()
    {
        using var cancel = new CancellationTokenSource();
        var executed = new ConcurrentBag<string>();
        var told = new List<string>();
        var conclusion = await Run(
            (job, _, token) =>
            {
                executed.Add(job.Key);
                cancel.Cancel();
                token.WaitHandle.WaitOne();
                return new JobOutcome(Conclusion.Cancelled);
            },
            settings => settings with { JobsAtOnce = 1, Ended = (job, outcome) => told.Add($"{job.Name}: {outcome.Conclusion.Name()}, {outcome.Reason}") },
            cancel.Token,
            Job("a"),
            Job("b"));

        Assert.Equal(Conclusion.Cancelled, conclusion);
        Assert.Equal(["a"], executed);
        Assert.Equal(["b: cancelled, The run was cancelled."], told);
    }

    [Fact]
    public async Task No_more_jobs_run_at_once_than_allowed()
    {
        var now = 0;
        var seen = new ConcurrentBag<int>();
        await Run(
            (_, _, _) =>
            {
                Interlocked.Increment(ref now);
                for (var turn = 0; turn < 1000 && Volatile.Read(ref now) == 1; turn++)
                {
                    Thread.Yield();
                }

                seen.Add(Volatile.Read(ref now));
                Interlocked.Decrement(ref now);
                return new JobOutcome(Conclusion.Success);
            },
            settings => settings with { JobsAtOnce = 1 },
            Job("a", matrix: Matrix(20)));

        Assert.Equal(Enumerable.Repeat(1, 20), seen);
    }

    [Fact]
    public async Task As_many_jobs_run_at_once_as_allowed()
    {
        using var both = new Barrier(2);
        var conclusion = await Run(
            (_, _, _) => new JobOutcome(both.SignalAndWait(Limit / 2, CancellationToken.None) ? Conclusion.Success : Conclusion.Failure),
            settings => settings with { JobsAtOnce = 2 },
            Job("a"),
            Job("b"));

        Assert.Equal(Conclusion.Success, conclusion);
    }

    [Fact]
    public async Task What_the_caller_throws_ends_the_run()
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Run((_, _, _) => throw new InvalidOperationException("no"), Job("a")));

        Assert.Equal("no", thrown.Message);
    }

    [Fact]
    public async Task When_the_caller_throws_for_one_job_the_others_are_cancelled_and_have_ended_before_the_run_does()
    {
        using var otherRuns = new ManualResetEventSlim();
        var otherEnded = false;

        await Assert.ThrowsAsync<InvalidOperationException>(() => Run(
            (job, _, cancel) =>
            {
                if (job.Key == "broken")
                {
                    otherRuns.Wait(CancellationToken.None);
                    throw new InvalidOperationException("no");
                }

                otherRuns.Set();
                cancel.WaitHandle.WaitOne();
                Thread.Yield();
                otherEnded = true;
                return new JobOutcome(Conclusion.Cancelled);
            },
            settings => settings with { JobsAtOnce = 2 },
            Job("broken"),
            Job("other")));

        Assert.True(otherEnded);
    }

    [Fact]
    public async Task What_a_callback_throws_comes_out_after_the_jobs_that_run_were_cancelled_and_have_ended()
    {
        using var otherRuns = new ManualResetEventSlim();
        var otherEnded = false;
        var executed = new ConcurrentBag<string>();

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => Run(
            (job, _, cancel) =>
            {
                executed.Add(job.Key);
                if (job.Key == "first")
                {
                    otherRuns.Wait(CancellationToken.None);
                    return new JobOutcome(Conclusion.Success);
                }

                otherRuns.Set();
                cancel.WaitHandle.WaitOne();
                Thread.Yield();
                otherEnded = true;
                return new JobOutcome(Conclusion.Cancelled);
            },
            settings => settings with
            {
                JobsAtOnce = 2,
                Queued = job =>
                {
                    if (job.Key == "then")
                    {
                        throw new InvalidOperationException("no");
                    }
                },
            },
            Job("first"),
            Job("other"),
            Job("then", needs: ["first"])));

        Assert.Equal("no", thrown.Message);
        Assert.True(otherEnded);
        Assert.Equal(["first", "other"], executed.Order());
    }

    [Fact]
    public void A_job_is_the_same_whatever_else_is_said_of_it_when_its_key_and_its_index_are()
    {
        var job = new LocalJob("build", 1, "build (1)", null, JobPlanner.DefaultStrategy, []);
        var same = new LocalJob("build", 1, "other", null, JobPlanner.DefaultStrategy, ["linux"], MayFail: true) { Environment = "live" };

        Assert.Equal(job, same);
        Assert.Equal(job.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(job, job with { Index = 0 });
        Assert.NotEqual(job, job with { Key = "test" });
        Assert.False(job.Equals(null));
    }

    private static string Text(Value contexts, params string[] path) => ValueText.Of(path.Aggregate(contexts, (value, name) => ((ObjectValue)value).Find(name)!));

    private static Task<Conclusion> Run(Func<LocalJob, JobOrder, CancellationToken, JobOutcome> execute, params JobDefinition[] jobs) => Run(execute, s => s, jobs);

    private static Task<Conclusion> Run(
        Func<LocalJob, JobOrder, CancellationToken, JobOutcome> execute, Func<LocalRunSettings, LocalRunSettings> change, params JobDefinition[] jobs) =>
        Run(execute, change, CancellationToken.None, jobs);

    private static async Task<Conclusion> Run(
        Func<LocalJob, JobOrder, CancellationToken, JobOutcome> execute,
        Func<LocalRunSettings, LocalRunSettings> change,
        CancellationToken cancel,
        params JobDefinition[] jobs)
    {
        using var run = new LocalRun(RunPlan.Of(Workflow.Of(jobs)), Facts.OfAPush, change(new LocalRunSettings { Execute = execute }));
        return await Task.Run(() => run.Run(cancel), CancellationToken.None).WaitAsync(Limit, TestContext.Current.CancellationToken);
    }
}
