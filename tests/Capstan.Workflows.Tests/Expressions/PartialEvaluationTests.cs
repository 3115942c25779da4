using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

/// <summary>The event is a push of refs/heads/x; the matrix and the input are known; jobs and steps are not, but for the job 'gone', which is skipped.</summary>
public sealed class PartialEvaluationTests
{
    private const string Contexts = """
        {"github":{"ref":"refs/heads/x","event_name":"push"},"inputs":{"deep":true},"needs":{"gone":{"result":"skipped"}}}
        """;

    [Theory]
    [InlineData("github.event_name == 'push'", true, "github.event_name == 'push' => true (github.event_name is 'push')")]
    [InlineData("success() && github.ref == 'y'", false, "success() && github.ref == 'y' => false (github.ref is 'refs/heads/x')")]
    [InlineData("github.ref == 'y' && success()", false, "github.ref == 'y' && success() => false (github.ref is 'refs/heads/x')")]
    [InlineData("inputs.deep || needs.build.result == 'success'", true, "inputs.deep || needs.build.result == 'success' => true (inputs.deep is true)")]
    [InlineData("needs.build.result == 'x' || always()", true, "needs.build.result == 'x' || always() => true")]
    [InlineData("!(needs.build.outputs.a && github.ref == 'y')", true, "!(needs.build.outputs.a && github.ref == 'y') => true (github.ref is 'refs/heads/x')")]
    [InlineData("needs.gone.result == 'skipped'", true, "needs.gone.result == 'skipped' => true (needs.gone.result is 'skipped')")]
    [InlineData("(failure() && inputs.deep && github.ref == 'y') || false", false, "(failure() && inputs.deep && github.ref == 'y') || false => false (github.ref is 'refs/heads/x')")]
    [InlineData("false && fromJSON('{') == 1", false, "false && fromJSON('{') == 1 => false")]
    public void What_is_known_decides_when_it_is_enough(string condition, bool holds, string why)
    {
        var foreseen = Foresee(condition);

        Assert.Equal((holds, why), (foreseen.Holds, foreseen.Why));
        Assert.Empty(foreseen.DependsOn);
    }

    [Theory]
    [InlineData("success()", "success()")]
    [InlineData("failure() || cancelled()", "failure(), cancelled()")]
    [InlineData("success() && needs.build.outputs.list != '[]'", "success(), needs.build.outputs.list")]
    [InlineData("inputs.deep && steps.a.outcome == 'failure'", "steps.a.outcome")]
    [InlineData("github.ref == 'y' || needs[inputs.deep].result", "needs[inputs.deep].result")]
    [InlineData("contains(needs.*.result, 'failure')", "needs.*.result")]
    [InlineData("hashFiles('a') != ''", "hashFiles('a')")]
    [InlineData("(github.ref == 'y' && steps.a.outcome) || steps.b.outcome", "steps.b.outcome")]
    [InlineData("success('build')", "success('build')")]
    [InlineData("needs.build.result == needs.test.result", "needs.build.result, needs.test.result")]
    public void What_is_not_known_and_matters_is_named(string condition, string dependsOn)
    {
        var foreseen = Foresee(condition);

        Assert.Null(foreseen.Holds);
        Assert.Equal(dependsOn, string.Join(", ", foreseen.DependsOn));
    }

    [Fact]
    public void A_condition_that_cannot_be_evaluated_does_not_hold()
    {
        var foreseen = Foresee("fromJSON('{')");

        Assert.False(foreseen.Holds);
        Assert.Contains("cannot be evaluated", foreseen.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("success() && (github.ref == 'x')", "github.ref == 'x'")]
    [InlineData("success() && (github.ref == 'x') || (inputs.deep)", "success() && (github.ref == 'x') || (inputs.deep)")]
    [InlineData("success() && (failure())", "success() && (failure())")]
    [InlineData("always()", "always()")]
    public void The_written_condition_is_without_what_was_put_around_it(string condition, string written) => Assert.Equal(written, Condition.Written(condition));

    private static ForeseenCondition Foresee(string condition)
    {
        var parsed = ExpressionParser.Parse(condition, ExpressionRules.Allow("github", "inputs", "needs", "steps", "always(0,0)", "cancelled(0,0)", "failure(0,MAX)", "success(0,MAX)", "hashFiles(1,255)"));
        var contexts = ((ObjectValue)ValueJson.Parse(Contexts)).Properties.ToDictionary(context => context.Key, context => context.Value);
        return PartialEvaluation.Foresee(parsed.Expression!, new EvaluationContext { Contexts = contexts }, new Known());
    }

    private sealed class Known : IForeknowledge
    {
        public bool Knows(ExpressionReference reference) => reference.Context is "github" or "inputs" || (reference.IsIn("needs") && reference.FirstKey == "gone");

        public bool? Status(string function, IReadOnlyList<string> jobs) => null;
    }
}
