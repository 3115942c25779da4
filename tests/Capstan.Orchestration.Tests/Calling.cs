using Capstan.Contracts;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

/// <summary>Jobs that call workflows.</summary>
public sealed class Calling
{
    [Fact]
    public void The_called_jobs_come_into_being_when_the_caller_may_go_and_the_caller_ends_with_the_last_of_them()
    {
        var board = new Board(Job("a"), Call(Job("deploy", needs: ["a"]), Job("one"), Job("two", needs: ["one"])), Job("after", needs: ["deploy"]));
        Assert.Equal(("pending", "none"), (board.Status("deploy"), board.Status("deploy/one")));

        board.End("a");
        Assert.Equal(("in_progress", "queued", "pending"), (board.Status("deploy"), board.Status("deploy/one"), board.Status("deploy/two")));
        board.End("deploy/one");
        Assert.Equal(("in_progress", "queued", "pending"), (board.Status("deploy"), board.Status("deploy/two"), board.Status("after")));
        board.End("deploy/two");

        Assert.Equal(("success", "queued"), (board.Status("deploy"), board.Status("after")));
    }

    [Fact]
    public void Called_jobs_are_named_after_their_callers()
    {
        var called = Call(Job("middle", name: Text("The middle")), Job("inner", matrix: Matrix(2), name: Text("Inner")));
        var board = new Board(Call(Job("outer", matrix: Matrix(2)), called));

        Assert.Equal("outer (1)", Name("outer", 1));
        Assert.Equal("outer (1) / The middle", Name("outer[1]/middle", 0));
        Assert.Equal("outer (1) / The middle / Inner (0)", Name("outer[1]/middle/inner", 0));

        string Name(string key, int leg) => board.Legs[(key, leg)].Spec!.Name;
    }

    [Theory]
    [InlineData(new[] { "success", "success" }, "success")]
    [InlineData(new[] { "success", "failure" }, "failure")]
    [InlineData(new[] { "success", "timed_out" }, "failure")]
    [InlineData(new[] { "cancelled", "failure" }, "failure")]
    [InlineData(new[] { "success", "cancelled" }, "cancelled")]
    [InlineData(new[] { "success", "skipped" }, "success")]
    [InlineData(new[] { "skipped", "skipped" }, "skipped")]
    public void The_result_of_a_call_is_the_worst_of_its_jobs(string[] ends, string expected)
    {
        var board = new Board(Call(Job("deploy"), Job("j0"), Job("j1")), Job("after", needs: ["deploy"], condition: $"always() && needs.deploy.result == '{expected}'"));

        board.End("deploy/j0", StatusNames.ParseConclusion(ends[0]));
        board.End("deploy/j1", StatusNames.ParseConclusion(ends[1]));

        Assert.Equal((expected, "queued"), (board.Status("deploy"), board.Status("after")));
    }

    [Theory]
    [InlineData("failure()", "success", "skipped")]
    [InlineData("failure()", "failure", "in_progress")]
    [InlineData("always()", "failure", "in_progress")]
    [InlineData("success()", "failure", "skipped")]
    [InlineData("fromJSON('{')", "success", "failure")]
    public void A_caller_asks_its_own_condition_before_anything_is_called(string condition, string needed, string expected)
    {
        var board = new Board(Job("a"), Call(Job("deploy", needs: ["a"], condition: condition), Job("one")));

        board.End("a", StatusNames.ParseConclusion(needed));

        Assert.Equal(expected, board.Status("deploy"));
        Assert.Equal(expected == "in_progress" ? "queued" : "none", board.Status("deploy/one"));
    }

    /// <summary>What the caller waited for is not among the needs of what it calls.</summary>
    [Fact]
    public void A_called_job_looks_at_the_jobs_of_its_own_workflow_only()
    {
        var board = new Board(Job("a"), Call(Job("deploy", needs: ["a"], condition: "always()"), Job("one"), Job("cleanup", needs: ["one"], condition: "failure()")));

        board.End("a", Conclusion.Failure);
        Assert.Equal("queued", board.Status("deploy/one"));
        board.End("deploy/one");

        Assert.Equal(("skipped", "success", Conclusion.Failure), (board.Status("deploy/cleanup"), board.Status("deploy"), board.Conclusion));
    }

    [Fact]
    public void A_called_job_that_was_skipped_skips_those_that_need_it()
    {
        var board = new Board(Call(Job("deploy"), Job("one", condition: "success() && (false)"), Job("two", needs: ["one"]), Job("three")));

        board.End("deploy/three");

        Assert.Equal(("skipped", "skipped", "success"), (board.Status("deploy/one"), board.Status("deploy/two"), board.Status("deploy")));
    }

    [Theory]
    [InlineData("inputs.to == 'eu-0'", "queued")]
    [InlineData("inputs.other == 'by default'", "queued")]
    [InlineData("inputs.deploy == null", "queued")]
    [InlineData("github.workflow == 'ci' && vars.REGION == 'eu'", "queued")]
    public void A_called_job_sees_what_it_was_called_with_and_not_what_the_caller_was(string condition, string expected)
    {
        var caller = Job("deploy", matrix: Matrix(1)) with { With = Mapping(("to", Expression("format('{0}-{1}', vars.REGION, matrix.n)"))) };
        var board = new Board(Call(caller, Called(["to", "other"], [], Job("one", condition: condition))));

        Assert.Equal(expected, board.Status("deploy[0]/one"));
    }

    [Fact]
    public void Inputs_that_cannot_be_evaluated_fail_the_caller_with_the_place()
    {
        var caller = Job("deploy") with { With = Mapping(("to", Expression("fromJSON('{')"))) };
        var board = new Board(Call(caller, Called(["to"], [], Job("one"))));

        Assert.Equal(("failure", "none"), (board.Status("deploy"), board.Status("deploy/one")));
        Assert.StartsWith("The inputs that the job 'deploy' gives to './.github/workflows/called.yml': .github/workflows/ci.yml (Line: 7, Col: 9): ", board.Reason("deploy"), StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_are_given_back_also_of_jobs_that_failed()
    {
        var called = Called([], [("all", "format('{0} {1} {2}', jobs.one.outputs.x, jobs.one.result, jobs.two.result)")], Job("one"), Job("two", needs: ["one"]));
        var board = new Board(Call(Job("deploy"), called), Job("after", needs: ["deploy"], condition: "always() && needs.deploy.outputs.all == '1 failure skipped'"));

        board.End("deploy/one", Conclusion.Failure, 0, ("x", "1"));

        Assert.Equal("1 failure skipped", board.Legs[("deploy", 0)].Outputs["all"]);
        Assert.Equal(("failure", "queued"), (board.Status("deploy"), board.Status("after")));
    }

    [Fact]
    public void Outputs_that_cannot_be_evaluated_fail_the_caller()
    {
        var board = new Board(Call(Job("deploy"), Called([], [("all", "fromJSON(jobs.one.outputs.x)")], Job("one"))));

        board.End("deploy/one", Conclusion.Success, 0, ("x", "{"));

        Assert.Equal("failure", board.Status("deploy"));
        Assert.Contains("The output 'all' of the called workflow cannot be evaluated", board.Reason("deploy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("first", "second", "second")]
    [InlineData("first", "", "first")]
    [InlineData("", "second", "second")]
    public void Of_two_legs_the_last_that_sets_an_output_wins(string first, string second, string expected)
    {
        var board = new Board(Call(Job("deploy", matrix: Matrix(2)), Called([], [("v", "jobs.one.outputs.v")], Job("one"))), Job("after", needs: ["deploy"], condition: $"needs.deploy.outputs.v == '{expected}'"));

        board.End("deploy[1]/one", Conclusion.Success, 0, ("v", first));
        board.End("deploy[0]/one", Conclusion.Success, 0, ("v", second));

        Assert.Equal("queued", board.Status("after"));
    }

    [Fact]
    public void An_output_of_a_leg_that_succeeded_wins_over_one_of_a_leg_that_failed_later()
    {
        var caller = Job("deploy", matrix: Matrix(2), failFast: Boolean(false));
        var board = new Board(Call(caller, Called([], [("v", "jobs.one.outputs.v")], Job("one"))), Job("after", needs: ["deploy"], condition: "always() && needs.deploy.outputs.v == 'good'"));

        board.End("deploy[1]/one", Conclusion.Success, 0, ("v", "good"));
        board.End("deploy[0]/one", Conclusion.Failure, 0, ("v", "bad"));

        Assert.Equal("queued", board.Status("after"));
    }

    [Fact]
    public void No_more_legs_call_at_once_than_allowed()
    {
        var board = new Board(Call(Job("deploy", matrix: Matrix(3), maxParallel: Number(1)), Job("one"), Job("two")));
        Assert.Equal(("in_progress", "pending", "none"), (board.Status("deploy", 0), board.Status("deploy", 1), board.Status("deploy[1]/one")));

        board.End("deploy[0]/one");
        Assert.Equal("none", board.Status("deploy[1]/one"));
        board.End("deploy[0]/two");

        Assert.Equal(("success", "in_progress", "queued"), (board.Status("deploy", 0), board.Status("deploy", 1), board.Status("deploy[1]/one")));
        Assert.Equal("deploy (1) / one", board.Legs[("deploy[1]/one", 0)].Spec!.Name);
    }

    [Fact]
    public void A_leg_that_fails_ends_the_calls_of_the_others()
    {
        var board = new Board(Call(Job("deploy", matrix: Matrix(3), maxParallel: Number(2)), Job("one"), Job("two", needs: ["one"]), Job("cleanup", needs: ["one"], condition: "always()")));
        board.Start("deploy[1]/one");

        board.End("deploy[0]/one", Conclusion.Failure);
        board.End("deploy[0]/cleanup");

        Assert.Equal(("failure", "cancelled"), (board.Status("deploy", 0), board.Status("deploy", 2)));
        Assert.True(board.Legs[("deploy[1]/one", 0)].CancelRequested);
        board.End("deploy[1]/one", Conclusion.Cancelled);
        Assert.Equal(("skipped", "queued"), (board.Status("deploy[1]/two"), board.Status("deploy[1]/cleanup")));
        board.End("deploy[1]/cleanup");

        Assert.Equal(("cancelled", Conclusion.Failure), (board.Status("deploy", 1), board.Conclusion));
    }

    [Fact]
    public void A_cancelled_run_ends_its_calls_through_their_jobs()
    {
        var board = new Board(Call(Job("outer"), Call(Job("middle"), Job("one"), Job("two", needs: ["one"]), Job("cleanup", needs: ["one"], condition: "always()"))), Job("after", needs: ["outer"]));
        board.Start("outer/middle/one");

        board.Cancel();
        Assert.True(board.Legs[("outer/middle/one", 0)].CancelRequested);
        board.End("outer/middle/one");

        Assert.Equal(("cancelled", "queued"), (board.Status("outer/middle/two"), board.Status("outer/middle/cleanup")));
        board.End("outer/middle/cleanup");
        Assert.Equal(("cancelled", "cancelled", "skipped"), (board.Status("outer/middle"), board.Status("outer"), board.Status("after")));
        Assert.Equal(Conclusion.Cancelled, board.Conclusion);
    }

    [Fact]
    public void The_end_of_a_caller_cannot_be_reported_by_anybody()
    {
        var board = new Board(Call(Job("deploy"), Job("one")));

        board.Happen(new RunEvent.LegEnded("deploy", 0, Conclusion.Success));

        Assert.Equal(("in_progress", "queued"), (board.Status("deploy"), board.Status("deploy/one")));
    }

    [Fact]
    public void Ten_levels_of_calls_run()
    {
        var job = Job("last");
        for (var level = 0; level < 10; level++)
        {
            job = Call(Job($"l{level}"), Called([], [("x", level == 0 ? "jobs.last.outputs.x" : $"jobs.l{level - 1}.outputs.x")], job));
        }

        var board = new Board(job);
        board.End("l9/l8/l7/l6/l5/l4/l3/l2/l1/l0/last", Conclusion.Success, 0, ("x", "from below"));

        Assert.Equal(("from below", Conclusion.Success), (board.Legs[("l9", 0)].Outputs["x"], board.Conclusion));
    }

    [Fact]
    public void Calls_that_multiply_end_at_the_limit_of_a_run()
    {
        var twice = Call(Job("inner", matrix: Matrix(200), failFast: Boolean(false)), Job("x"), Job("y"));
        var board = new Board(Call(Job("outer", matrix: Matrix(200), failFast: Boolean(false)), twice));

        Assert.InRange(board.Run.CalledJobs, RunState.MaxCalledJobs - 200, RunState.MaxCalledJobs);
        Assert.Equal(board.Run.CalledJobs, board.Legs.Count(leg => leg.Key.Key.Contains('/', StringComparison.Ordinal)));
        Assert.Equal("failure", board.Status("outer", 199));
        Assert.Equal("The called workflows of a run may have 10000 jobs together, and this would be more.", board.Reason("outer[199]/inner"));
    }

    /// <summary>The cost of an event: its own nodes and its call's, not those of the legs beside it.</summary>
    [Fact]
    public void An_event_of_one_call_does_not_load_the_others()
    {
        var board = new Board(Call(Job("deploy", matrix: Matrix(50)), Job("one"), Job("two", needs: ["one"])));

        board.End("deploy[7]/one");

        Assert.InRange(board.LoadedByLastEvent, 1, 4);
    }
}
