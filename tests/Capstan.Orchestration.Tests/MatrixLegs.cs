using Capstan.Contracts;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

public sealed class MatrixLegs
{
    [Fact]
    public void A_matrix_makes_a_leg_a_combination_with_its_values_in_the_name()
    {
        var board = new Board(Job("a", matrix: Matrix(3)));

        Assert.Equal(["a (0)", "a (1)", "a (2)"], board.Legs.OrderBy(l => l.Key.Leg).Select(l => l.Value.Spec!.Name));
    }

    [Fact]
    public void A_name_with_expressions_stands_as_evaluated()
    {
        var board = new Board(Job("a", matrix: Matrix(2), name: Expression("format('on {0} of {1}', matrix.n, strategy.job-total)")));

        Assert.Equal(["on 0 of 2", "on 1 of 2"], board.Legs.OrderBy(l => l.Key.Leg).Select(l => l.Value.Spec!.Name));
    }

    [Fact]
    public void A_matrix_from_a_needs_output_is_expanded_when_the_need_has_its_result()
    {
        var board = new Board(Job("a"), Job("b", needs: ["a"], matrix: Expression("fromJSON(needs.a.outputs.matrix)")));

        board.End("a", Conclusion.Success, 0, ("matrix", """{"os":["x","y"]}"""));

        Assert.Equal(("queued", "queued", "none"), (board.Status("b", 0), board.Status("b", 1), board.Status("b", 2)));
    }

    [Fact]
    public void Max_parallel_holds_legs_back_and_each_end_lets_one_go()
    {
        var board = new Board(Job("a", matrix: Matrix(4), maxParallel: Number(2)));

        Assert.Equal("queued queued pending pending", Statuses(board, 4));
        board.End("a", leg: 1);
        Assert.Equal("queued success queued pending", Statuses(board, 4));
        board.End("a", leg: 2);
        board.End("a", leg: 0);
        board.End("a", leg: 3);
        Assert.Equal(Conclusion.Success, board.Conclusion);
    }

    [Fact]
    public void A_failing_leg_ends_the_others_and_the_job_is_a_failure()
    {
        var board = new Board(Job("a", matrix: Matrix(4), maxParallel: Number(3)));
        board.Start("a", 0);

        board.End("a", Conclusion.Failure, 1);

        Assert.Equal("in_progress failure cancelled cancelled", Statuses(board, 4));
        Assert.True(board.Legs[("a", 0)].CancelRequested);
        board.End("a", Conclusion.Cancelled, 0);
        Assert.Equal(Conclusion.Failure, board.Conclusion);
    }

    [Fact]
    public void Without_fail_fast_the_others_go_on()
    {
        var board = new Board(Job("a", matrix: Matrix(3), maxParallel: Number(1), failFast: Boolean(false)));

        board.End("a", Conclusion.Failure, 0);

        Assert.Equal("failure queued pending", Statuses(board, 3));
    }

    [Fact]
    public void A_leg_that_may_fail_stops_no_other_and_spoils_no_result()
    {
        var board = new Board(Job("a", matrix: Matrix(2), mayFail: Expression("matrix.n == 0")), Job("b", needs: ["a"]));

        board.End("a", Conclusion.Failure, 0);
        Assert.Equal("queued", board.Status("a", 1));
        board.End("a", Conclusion.Success, 1);

        Assert.Equal("queued", board.Status("b"));
        board.End("b");
        Assert.Equal(Conclusion.Success, board.Conclusion);
    }

    [Fact]
    public void Of_legs_that_set_the_same_output_the_last_non_empty_one_wins()
    {
        var board = new Board(Job("a", matrix: Matrix(3)), Job("b", needs: ["a"]));

        board.End("a", Conclusion.Success, 2, ("x", "two"), ("y", ""));
        board.End("a", Conclusion.Success, 0, ("x", "zero"), ("z", "zero"));
        board.End("a", Conclusion.Success, 1, ("x", ""));

        Assert.Equal("x=zero y= z=zero", string.Join(' ', board.Node("a").Outputs.OrderBy(o => o.Key).Select(o => $"{o.Key}={o.Value}")));
    }

    [Fact]
    public void A_matrix_that_is_wrong_fails_its_job_with_the_place()
    {
        var board = new Board(Job("a", matrix: Expression("fromJSON('[1]')")));

        Assert.Equal("failure", board.Status("a"));
        Assert.StartsWith("'strategy.matrix' (Line: 7, Col: 9) of the job 'a': ", board.Reason("a"));
    }

    [Fact]
    public void A_second_message_about_a_leg_changes_nothing()
    {
        var board = new Board(Job("a", matrix: Matrix(2)), Job("b", needs: ["a"]));
        board.End("a", Conclusion.Success, 0);

        board.Happen(new RunEvent.LegEnded("a", 0, Conclusion.Failure));

        Assert.Equal("success queued", Statuses(board, 2));
    }

    [Fact]
    public void An_event_loads_its_node_and_its_dependants_only()
    {
        var jobs = Enumerable.Range(0, 1000).Select(n => Job($"j{n}", needs: n == 0 ? [] : [$"j{n - 1}"])).ToArray();
        var board = new Board(jobs);

        board.End("j0");
        board.End("j1");

        Assert.InRange(board.LoadedByLastEvent, 1, 4);
    }

    private static string Statuses(Board board, int legs) => string.Join(' ', Enumerable.Range(0, legs).Select(l => board.Status("a", l)));
}
