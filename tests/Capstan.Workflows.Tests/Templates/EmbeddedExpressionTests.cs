using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;
using Xunit;

namespace Capstan.Workflows.Tests.Templates;

public sealed class EmbeddedExpressionTests
{
    private static readonly ExpressionRules Rules = ExpressionRules.Allow("github", "env");

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${{ github.ref }}", "=github.ref")]
    [InlineData("${{github.ref}}", "=github.ref")]
    [InlineData("a ${{ github.ref }} b ${{ env.X }}", "=format('a {0} b {1}', github.ref, env.X)")]
    [InlineData("it's {0} ${{ env.X }}", "=format('it''s {{0}} {0}', env.X)")]
    [InlineData("${{ 'a }} b' }}", "a }} b")]
    [InlineData("${{ 'it''s' }}", "it's")]
    [InlineData("${{ env.X }}${{ env.Y }}", "=format('{0}{1}', env.X, env.Y)")]
    [InlineData("$ {{ env.X }}", "$ {{ env.X }}")]
    public void Text_becomes_a_text_or_one_expression(string text, string expected)
    {
        var findings = new Findings("a.yml");

        var token = EmbeddedExpressions.Read(new Place(1, 1), text, Rules, findings);

        Assert.Equal(expected, token is ExpressionToken expression ? "=" + expression.Expression : Assert.IsType<StringToken>(token).Value);
        Assert.Equal(0, findings.ErrorCount);
    }

    [Theory]
    [InlineData("${{ github.ref", "An expression that starts with '${{' must end with '}}'")]
    [InlineData("${{ }}", "An expression was expected")]
    [InlineData("a ${{ insert }}", "The directive 'insert' is not allowed")]
    [InlineData("${{ secrets.x }}", "Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.x; allowed are: ")]
    [InlineData("${{ contain('a', 'b') }}", "Unrecognized function: 'contain'. Located at position 1 within expression: contain('a', 'b'); did you mean 'contains'?")]
    public void A_broken_expression_is_reported_with_what_is_allowed(string text, string message)
    {
        var findings = new Findings("a.yml");

        Assert.Null(EmbeddedExpressions.Read(new Place(1, 1), text, Rules, findings));
        Assert.StartsWith(message, Assert.Single(findings.Sorted()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_with_expressions_may_be_as_long_as_an_expression_and_no_longer()
    {
        const string Expression = "${{ env.X }}";
        var room = ExpressionRules.MaxLength - "format('{0}', env.X)".Length;

        Assert.Equal(0, ErrorsOf(new string('a', room) + Expression));
        Assert.Equal(1, ErrorsOf(new string('a', room + 1) + Expression));

        static int ErrorsOf(string text)
        {
            var findings = new Findings("a.yml");
            EmbeddedExpressions.Read(new Place(1, 1), text, Rules, findings);
            return findings.ErrorCount;
        }
    }

    [Theory]
    [InlineData(254, 1, 0)]
    [InlineData(255, 1, 1)]
    [InlineData(1, 48, 0)]
    [InlineData(1, 49, 1)]
    public void All_expressions_of_a_text_together_keep_the_limits_of_one(int count, int negations, int errors)
    {
        var findings = new Findings("a.yml");

        EmbeddedExpressions.Read(new Place(1, 1), "a" + string.Concat(Enumerable.Repeat($"${{{{ {new string('!', negations)}env }}}}", count)), Rules, findings);

        Assert.Equal(errors, findings.ErrorCount);
    }
}
