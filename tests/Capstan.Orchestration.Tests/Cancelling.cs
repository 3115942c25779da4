using Capstan.Contracts;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

public sealed class Cancelling
{
    [Fact]
    public void Queued_jobs_end_and_running_ones_are_told()
    {
        var board = new Board(Job("a"), Job("b"));
        board.Start("a");

        board.Cancel();

        Assert.Equal(("in_progress", "cancelled"), (board.Status("a"), board.Status("b")));
        Assert.True(board.Legs[("a", 0)].CancelRequested);
        Assert.Null(board.Conclusion);
        board.End("a", Conclusion.Cancelled);
        Assert.Equal(Conclusion.Cancelled, board.Conclusion);
    }

    [Theory]
    [InlineData("always()", "queued")]
    [InlineData("cancelled()", "queued")]
    [InlineData("success()", "skipped")]
    [InlineData("failure()", "skipped")]
    [InlineData("!cancelled()", "cancelled")]
    public void Waiting_jobs_that_are_to_run_after_a_cancellation_still_do(string condition, string expected)
    {
        var board = new Board(Job("a"), Job("b", needs: ["a"], condition: condition));

        board.Cancel();

        Assert.Equal(expected, board.Status("b"));
    }

    [Fact]
    public void A_running_job_that_is_to_run_after_a_cancellation_goes_on()
    {
        var board = new Board(Job("a", condition: "always()"), Job("b", needs: ["a"]));
        board.Start("a");

        board.Cancel();

        Assert.False(board.Legs[("a", 0)].CancelRequested);
        board.End("a");
        Assert.Equal(("success", "cancelled"), (board.Status("a"), board.Status("b")));
        Assert.Equal("alice cancelled the run.", board.Reason("b"));
        Assert.Equal(Conclusion.Cancelled, board.Conclusion);
    }

    [Fact]
    public void Held_legs_end_with_the_queued_ones()
    {
        var board = new Board(Job("a", matrix: Matrix(4), maxParallel: Number(2)));

        board.Cancel();

        Assert.All(Enumerable.Range(0, 4), leg => Assert.Equal("cancelled", board.Status("a", leg)));
        Assert.Equal(Conclusion.Cancelled, board.Conclusion);
    }

    [Fact]
    public void A_run_whose_jobs_all_ended_well_before_they_heard_of_it_is_no_cancelled_run()
    {
        var board = new Board(Job("a"));
        board.Start("a");
        board.Cancel();

        board.End("a");

        Assert.Equal(Conclusion.Success, board.Conclusion);
    }

    [Fact]
    public void A_run_that_is_cancelled_after_a_failure_is_cancelled()
    {
        var board = new Board(Job("a"), Job("b"));
        board.End("a", Conclusion.Failure);

        board.Cancel();

        Assert.Equal(Conclusion.Cancelled, board.Conclusion);
    }

    [Fact]
    public void Cancelling_twice_or_after_the_end_changes_nothing()
    {
        var board = new Board(Job("a"));
        board.Start("a");
        board.Cancel("first");
        board.Cancel("second");
        Assert.Equal("first", board.Run.CancelReason);
        board.End("a");

        board.Cancel("late");

        Assert.Equal((Conclusion.Success, "first"), (board.Conclusion, board.Run.CancelReason));
    }
}
