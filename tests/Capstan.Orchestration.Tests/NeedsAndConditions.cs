using Capstan.Contracts;
using Capstan.Workflows.Definitions;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

public sealed class NeedsAndConditions
{
    [Fact]
    public void Jobs_without_needs_are_queued_at_once_and_others_wait()
    {
        var board = new Board(Job("a"), Job("b"), Job("c", needs: ["a", "b"]));

        Assert.Equal(("queued", "queued", "pending"), (board.Status("a"), board.Status("b"), board.Status("c")));
    }

    [Fact]
    public void A_job_is_queued_when_the_last_of_its_needs_has_a_result()
    {
        var board = new Board(Job("a"), Job("b"), Job("c", needs: ["a", "B"]));

        board.End("a");
        Assert.Equal("pending", board.Status("c"));
        board.End("b");
        Assert.Equal("queued", board.Status("c"));
        board.End("c");
        Assert.Equal(Conclusion.Success, board.Conclusion);
    }

    // What a job does after needs that ended so. GitHub looks at all ancestors, not at the direct needs alone.
    [Theory]
    [InlineData("success()", Conclusion.Success, "queued")]
    [InlineData("success()", Conclusion.Failure, "skipped")]
    [InlineData("success()", Conclusion.Cancelled, "skipped")]
    [InlineData("failure()", Conclusion.Success, "skipped")]
    [InlineData("failure()", Conclusion.Failure, "queued")]
    [InlineData("failure()", Conclusion.TimedOut, "queued")]
    [InlineData("always()", Conclusion.Failure, "queued")]
    [InlineData("cancelled()", Conclusion.Failure, "skipped")]
    [InlineData("!cancelled()", Conclusion.Failure, "queued")]
    [InlineData("failure() || success()", Conclusion.Failure, "queued")]
    [InlineData("success('a')", Conclusion.Success, "queued")]
    [InlineData("failure('a')", Conclusion.Failure, "queued")]
    [InlineData("always() && needs.a.result == 'failure'", Conclusion.Failure, "queued")]
    [InlineData("success() && (github.ref == 'refs/heads/main')", Conclusion.Success, "queued")]
    [InlineData("success() && (github.ref == 'refs/heads/other')", Conclusion.Success, "skipped")]
    [InlineData("success() && (vars.region == 'eu' && inputs.deploy)", Conclusion.Success, "queued")]
    [InlineData("success() && (github.event.forced && github.run_number == '3')", Conclusion.Success, "queued")]
    public void A_condition_decides_after_the_need(string condition, Conclusion need, string expected)
    {
        var board = new Board(Job("a"), Job("b", needs: ["a"], condition: condition));

        board.End("a", need);

        Assert.Equal(expected, board.Status("b"));
    }

    [Fact]
    public void Success_asks_all_ancestors_so_a_job_behind_a_revived_branch_is_skipped()
    {
        var board = new Board(
            Job("a", condition: "success() && (false)"),
            Job("b", needs: ["a"], condition: "always()"),
            Job("c", needs: ["b"]),
            Job("d", needs: ["b"], condition: "!failure()"));

        board.End("b");

        Assert.Equal(("skipped", "success", "skipped", "queued"), (board.Status("a"), board.Status("b"), board.Status("c"), board.Status("d")));
    }

    [Fact]
    public void Failure_of_a_distant_ancestor_counts()
    {
        var board = new Board(Job("a"), Job("b", needs: ["a"]), Job("c", needs: ["b"], condition: "failure()"));

        board.End("a", Conclusion.Failure);

        Assert.Equal(("skipped", "queued"), (board.Status("b"), board.Status("c")));
    }

    [Fact]
    public void A_skip_goes_on_through_all_dependants_and_says_why()
    {
        var board = new Board(Job("a"), Job("b", needs: ["a"]), Job("c", needs: ["b"]), Job("d", needs: ["c", "a"]));

        board.End("a", Conclusion.Failure);

        Assert.Equal(Conclusion.Failure, board.Conclusion);
        Assert.All(["b", "c", "d"], key => Assert.Equal("skipped", board.Status(key)));
        Assert.Equal("success() => false (success() is false)", board.Reason("c"));
    }

    [Fact]
    public void The_reason_of_a_skip_names_what_the_expression_saw()
    {
        var board = new Board(Job("a", condition: "success() && (github.ref == 'refs/heads/release')"));

        Assert.Equal("github.ref == 'refs/heads/release' => false (github.ref is 'refs/heads/main')", board.Reason("a"));
        Assert.Equal(Conclusion.Skipped, board.Conclusion);
    }

    [Fact]
    public void A_condition_that_cannot_be_evaluated_fails_its_job_before_the_first_step()
    {
        var board = new Board(Job("a", condition: "fromJSON('{') && success()"));

        Assert.Equal("failure", board.Status("a"));
        Assert.StartsWith("The job's 'if' cannot be evaluated: ", board.Reason("a"));
        Assert.Equal(Conclusion.Failure, board.Conclusion);
    }

    [Fact]
    public void Outputs_of_needs_are_seen_by_conditions()
    {
        var board = new Board(Job("a"), Job("b", needs: ["a"], condition: "success() && (needs.a.outputs.go == 'yes')"));

        board.End("a", Conclusion.Success, 0, ("go", "yes"));

        Assert.Equal("queued", board.Status("b"));
    }

    [Fact]
    public void A_job_that_needs_what_is_not_executed_fails_before_its_first_step_with_the_place()
    {
        var board = new Board(Job("a", notYetExecuted: [new KeyAtPlace("container", new Capstan.Workflows.Place(5, 3))]), Job("b", needs: ["a"]));

        Assert.Equal(("failure", "skipped"), (board.Status("a"), board.Status("b")));
        Assert.Equal("'container' (Line: 5, Col: 3) is not executed by this version, and the job cannot do without it.", board.Reason("a"));
    }

    [Fact]
    public void A_skipped_job_that_needs_what_is_not_executed_is_skipped()
    {
        var board = new Board(Job("a", condition: "success() && (false)", notYetExecuted: [new KeyAtPlace("container", new Capstan.Workflows.Place(5, 3))]));

        Assert.Equal("skipped", board.Status("a"));
    }

    [Theory]
    [InlineData("Ubuntu-Latest", "ubuntu-latest")]
    [InlineData("${{ fromJSON('[\"x64\",\"Linux\",\"linux\"]') }}", "linux x64")]
    public void Labels_are_lower_case_sorted_and_without_doubles(string runsOn, string expected)
    {
        var token = runsOn.StartsWith('$') ? (Capstan.Workflows.Templates.TemplateToken)Expression(runsOn[4..^3]) : Text(runsOn);
        var board = new Board(Job("a", runsOn: token));

        Assert.Equal(expected, string.Join(' ', board.Legs[("a", 0)].Spec!.Labels));
    }

    [Fact]
    public void A_job_without_a_label_fails_before_its_first_step()
    {
        var board = new Board(Job("a", runsOn: Expression("vars.nothing")));

        Assert.Equal("failure", board.Status("a"));
        Assert.Equal("'runs-on' (Line: 7, Col: 9) of the job 'a' gives no label.", board.Reason("a"));
    }

    [Fact]
    public void A_need_that_is_named_several_times_or_in_another_case_counts_once_by_its_key()
    {
        var plan = RunPlan.Of(Workflow.Of(Workflow.Job("a"), Workflow.Job("b", needs: ["A", "a", "A"])));

        Assert.Equal(["a"], plan["b"].Needs);
        Assert.Equal(["b"], plan["a"].Dependants);
    }
}
