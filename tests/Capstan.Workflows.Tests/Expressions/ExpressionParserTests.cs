using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

public sealed class ExpressionParserTests
{
    private static readonly ExpressionRules Rules = ExpressionRules.Allow("github", "needs", "success(0,MAX)");

    [Theory]
    [InlineData("github.ref == ", "Unexpected end of expression: '=='", 12)]
    [InlineData("github.", "Unexpected end of expression: '.'", 7)]
    [InlineData("(github", "Unexpected end of expression: 'github'", 2)]
    [InlineData("contains(", "Unexpected end of expression: '('", 9)]
    [InlineData("contains('a', 'b'", "Unexpected end of expression: ''b''", 15)]
    [InlineData("github[", "Unexpected end of expression: '['", 7)]
    [InlineData("!", "Unexpected end of expression: '!'", 1)]
    [InlineData("github)", "Unexpected symbol: ')'", 7)]
    [InlineData("(github]", "Unexpected symbol: ']'", 8)]
    [InlineData("()", "Unexpected symbol: ')'", 2)]
    [InlineData("github, needs", "Unexpected symbol: ','", 7)]
    [InlineData("github[0, 1]", "Unexpected symbol: ','", 9)]
    [InlineData("'a'.b", "Unexpected symbol: '.'", 4)]
    [InlineData("1[0]", "Unexpected symbol: '['", 2)]
    [InlineData("github.ref needs", "Unexpected symbol: 'needs'", 12)]
    [InlineData("github.*x", "Unexpected symbol: 'x'", 9)]
    [InlineData("*", "Unexpected symbol: '*'", 1)]
    [InlineData("2*3", "Unexpected symbol: '2*3'", 1)]
    [InlineData("github.ref(1)", "Unexpected symbol: '('", 11)]
    [InlineData("true (1)", "Unexpected symbol: '('", 6)]
    [InlineData("a && b", "Unrecognized named-value: 'a'", 1)]
    [InlineData("null || secrets.x", "Unrecognized named-value: 'secrets'", 9)]
    [InlineData("hashFiles('x')", "Unrecognized function: 'hashFiles'", 1)]
    [InlineData("!nothing ()", "Unrecognized function: 'nothing'", 2)]
    [InlineData("contains ('a')", "Too few parameters supplied: 'contains'", 1)]
    [InlineData("1 == contains('a', 'b', 'c')", "Too many parameters supplied: 'contains'", 6)]
    [InlineData("format()", "Too few parameters supplied: 'format'", 1)]
    [InlineData("case(true, 1)", "Too few parameters supplied: 'case'", 1)]
    [InlineData("CASE(true, 1, false, 2)", "Even number of parameters supplied, requires an odd number of parameters: 'CASE'", 1)]
    [InlineData("1 = 2", "Unexpected symbol: '='", 3)]
    [InlineData("github & needs", "Unexpected symbol: '&'", 8)]
    [InlineData("\"text\"", "Unexpected symbol: '\"text\"'", 1)]
    public void An_error_names_the_symbol_and_its_position(string text, string message, int position)
    {
        var error = ExpressionParser.Parse(text, Rules).Error;

        Assert.NotNull(error);
        Assert.Equal($"{message}. Located at position {position} within expression: {text}", error.Message);
        Assert.Equal(position, error.Position);
    }

    [Fact]
    public void Of_two_errors_the_left_one_is_reported() =>
        Assert.Equal(11, ExpressionParser.Parse("fromJSON( secrets , (", Rules).Error?.Position);

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n ")]
    public void Text_without_a_token_is_null(string text)
    {
        var expression = ExpressionParser.Parse(text, Rules).Expression;

        Assert.NotNull(expression);
        Assert.Null(expression.Root);
    }

    [Fact]
    public void Names_of_contexts_and_functions_mind_no_case_and_constants_do()
    {
        Assert.True(ExpressionParser.Parse("GitHub.REF && TOJSON(Needs)", Rules).IsValid);
        Assert.Equal("Unrecognized named-value: 'True'. Located at position 1 within expression: True", ExpressionParser.Parse("True", Rules).Error?.Message);
    }

    [Fact]
    public void A_text_at_the_limit_of_length_is_read_and_one_longer_is_not()
    {
        var longest = $"'{new string('x', ExpressionRules.MaxLength - 2)}'";

        Assert.True(ExpressionParser.Parse(longest, Rules).IsValid);
        Assert.Equal("Exceeded max expression length 21000", ExpressionParser.Parse(longest + " ", Rules).Error?.Message);
    }

    [Theory]
    [InlineData("!", "")]
    [InlineData("github[", "]")]
    [InlineData("toJSON(", ")")]
    [InlineData("1 == (", ")")]
    public void Nesting_at_the_limit_of_depth_is_read_and_one_deeper_is_not(string open, string close)
    {
        Assert.True(ExpressionParser.Parse(Nested(ExpressionRules.MaxDepth - 1), Rules).IsValid);
        Assert.Equal("Exceeded max expression depth 50", ExpressionParser.Parse(Nested(ExpressionRules.MaxDepth), Rules).Error?.Message);

        string Nested(int times) => string.Concat(Enumerable.Repeat(open, times)) + "github" + string.Concat(Enumerable.Repeat(close, times));
    }

    [Fact]
    public void Parentheses_and_chains_are_not_depth()
    {
        Assert.True(ExpressionParser.Parse(new string('(', 10_000) + "1" + new string(')', 10_000), Rules).IsValid);
        Assert.True(ExpressionParser.Parse(string.Join("||", Enumerable.Repeat("1", 7_000)), Rules).IsValid);
        Assert.True(ExpressionParser.Parse(string.Concat(Enumerable.Repeat("(1&&", 4_000)) + "1" + new string(')', 4_000), Rules).IsValid);
    }

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    [InlineData('!')]
    [InlineData('.')]
    [InlineData('"')]
    public void The_longest_text_of_one_symbol_is_an_error_like_any_other(char symbol) =>
        Assert.False(ExpressionParser.Parse(new string(symbol, ExpressionRules.MaxLength), Rules).IsValid);

    [Fact]
    public void It_is_known_what_an_expression_uses()
    {
        var expression = ExpressionParser.Parse("Success() && (github.ref || toJSON(NEEDS.a) || github['x'])", Rules).Expression!;

        Assert.Equal(["github", "needs"], expression.Contexts);
        Assert.Equal(["success"], expression.StatusFunctions);
        Assert.True(expression.UsesStatusFunction);
        Assert.False(ExpressionParser.Parse("'success()'", Rules).Expression!.UsesStatusFunction);
    }

    [Theory]
    [InlineData("github.ref", "success() && (github.ref)")]
    [InlineData("a(1) || true", null)]
    [InlineData("success('x') || true", "success('x') || true")]
    [InlineData("", "success()")]
    public void A_condition_that_does_not_ask_for_the_status_is_wrapped(string condition, string? whole)
    {
        var expression = ExpressionParser.Parse(condition, Rules).Expression;

        Assert.Equal(whole, expression is null ? null : Condition.WithStatus(expression));
    }

    [Fact]
    public void Nodes_know_where_they_stand()
    {
        const string Text = " ( github.ref ) == contains('a' , 'b') ";
        var root = Assert.IsType<ComparisonNode>(ExpressionParser.Parse(Text, Rules).Expression!.Root);

        Assert.Equal("( github.ref ) == contains('a' , 'b')", Text[root.Start..root.End]);
        Assert.Equal("github.ref", Text[root.Left.Start..root.Left.End]);
        Assert.Equal("contains('a' , 'b')", Text[root.Right.Start..root.Right.End]);
    }
}
