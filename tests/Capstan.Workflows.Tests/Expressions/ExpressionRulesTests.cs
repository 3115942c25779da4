using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

public sealed class ExpressionRulesTests
{
    [Theory]
    [InlineData("jobs.<job_id>.if", "success('a', 'b') && needs.a.result", null)]
    [InlineData("jobs.<job_id>.if", "matrix.os", "Unrecognized named-value: 'matrix'")]
    [InlineData("jobs.<job_id>.if", "hashFiles('a')", "Unrecognized function: 'hashFiles'")]
    [InlineData("jobs.<job_id>.steps.if", "always() && hashFiles('a', 'b')", null)]
    [InlineData("jobs.<job_id>.steps.if", "success('a')", "Too many parameters supplied: 'success'")]
    [InlineData("jobs.<job_id>.steps.if", "secrets.x", "Unrecognized named-value: 'secrets'")]
    [InlineData("jobs.<job_id>.steps.run", "secrets.x", null)]
    [InlineData("jobs.<job_id>.steps.run", "always()", "Unrecognized function: 'always'")]
    [InlineData("jobs.<job_id>.strategy", "matrix.os", "Unrecognized named-value: 'matrix'")]
    [InlineData("env", "secrets.x", null)]
    [InlineData("env", "needs.a", "Unrecognized named-value: 'needs'")]
    [InlineData("jobs.<job_id>.environment.url", "steps.a.outputs.b", null)]
    public void A_place_allows_what_the_documentation_lists(string place, string text, string? message)
    {
        var rules = ExpressionRules.At(place);

        Assert.NotNull(rules);
        var error = ExpressionParser.Parse(text, rules).Error;
        Assert.Equal(message, error?.Message.Split(". Located")[0]);
    }

    [Fact]
    public void A_key_that_takes_no_expression_has_no_rules() => Assert.Null(ExpressionRules.At("jobs.<job_id>.uses"));

    [Theory]
    [InlineData("hashFiles(1)")]
    [InlineData("hashFiles(a,b)")]
    [InlineData("hashFiles(,1)")]
    [InlineData("hashFiles(1,)")]
    [InlineData("hashFiles(1,1000)")]
    public void A_function_is_written_with_two_counts(string name) => Assert.Throws<FormatException>(() => ExpressionRules.Allow(name));
}
