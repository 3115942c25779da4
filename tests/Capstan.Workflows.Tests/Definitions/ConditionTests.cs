using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>Conditions at the limits of an expression, which count with the <c>success()</c> around them.</summary>
public sealed class ConditionTests
{
    [Theory]
    [InlineData("'{0}' == github.ref", 21_000 - 15, 0)]
    [InlineData("'{0}' == github.ref", 21_000 - 14, 1)]
    [InlineData("always() || '{0}'", 21_000, 0)]
    [InlineData("always() || '{0}'", 21_001, 1)]
    public void A_condition_is_as_long_as_an_expression_with_what_is_put_around_it(string form, int length, int errors)
    {
        var condition = string.Format(null, form, new string('a', length - form.Length + "{0}".Length));

        Assert.Equal(errors, ErrorsOf(condition));
    }

    [Theory]
    [InlineData("!", "github", 48, 0)]
    [InlineData("!", "github", 49, 1)]
    [InlineData("!", "failure()", 49, 0)]
    [InlineData("!", "failure()", 50, 1)]
    public void A_condition_is_as_deep_as_an_expression_with_what_is_put_around_it(string operation, string operand, int times, int errors) =>
        Assert.Equal(errors, ErrorsOf(string.Concat(Enumerable.Repeat(operation, times)) + operand));

    [Theory]
    [InlineData("${{ github.ref }}", false)]
    [InlineData("${{ github.ref }}${{ github.sha }}", false)]
    [InlineData("${{ github.ref }} ", true)]
    [InlineData("a ${{ github.ref }}", true)]
    [InlineData("{{${{ github.ref }}}}", true)]
    public void A_condition_with_text_around_its_expressions_gets_a_warning_that_it_is_always_true(string condition, bool isWarned) =>
        Assert.Equal(isWarned, Read(condition).Any(found => found.Code == "condition-always-true"));

    private static int ErrorsOf(string condition) => Read(condition).Count(found => found.Severity == Severity.Error);

    private static IReadOnlyList<Diagnostic> Read(string condition) =>
        WorkflowReader.Read("w.yml", $"on: push\njobs:\n  a:\n    runs-on: x\n    if: \"{condition}\"\n    steps: [ {{ run: a }} ]\n").Diagnostics;
}
