using Capstan.Testing;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData("1 < 2 == true", "true")]
    [InlineData("!1 == 2 || 3", "3")]
    [InlineData("false && 1 || 2 && 3", "3")]
    [InlineData("null || false || 0 || ''", "''")]
    [InlineData("'a' && null && 1", "null")]
    [InlineData("null == 0 && false == '' && '' == 0", "true")]
    [InlineData("'1.0' == 1 && ' 0x10 ' == 16 && '0o17' == 15", "true")]
    [InlineData("'abc' == 0 || NaN == NaN", "false")]
    [InlineData("NaN != NaN", "true")]
    [InlineData("'B' > 'a' && 'STRASSE' == 'strasse'", "true")]
    [InlineData("null < null || null <= null", "true")]
    [InlineData("fromJSON('[]') == fromJSON('[]')", "false")]
    [InlineData("o == o && o >= o && !(o > o)", "true")]
    [InlineData("o == 'Object' || o < 1 || o > 1", "false")]
    public void Operators_coerce_as_documented(string expression, string value) => Assert.Equal(value, Evaluate.Text(expression, """{"o":{}}"""));

    [Theory]
    [InlineData("a.b.c", "1")]
    [InlineData("A['B'].C", "1")]
    [InlineData("a.missing.c", "null")]
    [InlineData("list[1]", "'y'")]
    [InlineData("list[1.9]", "'y'")]
    [InlineData("list['1']", "'y'")]
    [InlineData("list[-1]", "null")]
    [InlineData("list[9]", "null")]
    [InlineData("list.length", "null")]
    [InlineData("a.b.*", "[1]")]
    [InlineData("items.*.name", """["one","two"]""")]
    [InlineData("items[*]['name']", """["one","two"]""")]
    [InlineData("(items.*.name)[0]", "[]")]
    [InlineData("items.*.tags[0]", """["t1"]""")]
    [InlineData("items.*.*", """["one",["t1","t2"],"two"]""")]
    [InlineData("list.*.*", "[]")]
    [InlineData("a[* == 1]", "null")]
    public void Properties_and_filters_find_what_is_there(string expression, string value) => Assert.Equal(
        value,
        Evaluate.Text(expression, """{"a":{"b":{"c":1}},"list":["x","y"],"items":[{"name":"one","tags":["t1","t2"]},{"NAME":"two"}]}"""));

    [Theory]
    [InlineData("format('{1}{0}{1} {{{0}}}', 'a', 2)", "'2a2 {a}'")]
    [InlineData("format('it''s')", "'it''s'")]
    [InlineData("format('{0:}', 'a', fromJSON(''))", "'a'")]
    [InlineData("join(fromJSON('[1,null,true,{}]'))", "'1,,true,Object'")]
    [InlineData("join(fromJSON('[null,null]'), '-')", "'-'")]
    [InlineData("join(null, '-')", "''")]
    [InlineData("contains('Hello', 'ELL') && contains(123, 2) && !contains('', 'a')", "true")]
    [InlineData("contains(fromJSON('[\"a\", 1]'), '1') && !contains(fromJSON('{}'), '')", "true")]
    [InlineData("startsWith(null, '') && endsWith('abc', 'BC')", "true")]
    [InlineData("case(false, 1 == fromJSON('x'), true, 'b', fromJSON('x'))", "'b'")]
    [InlineData("case(false, 1, fromJSON('3'))", "3")]
    [InlineData("toJSON(fromJSON('{\"a\": [1.50, null], \"b\": {}}'))", "'{\n  \"a\": [\n    1.5,\n    null\n  ],\n  \"b\": {}\n}'")]
    [InlineData("toJSON('a\"b\\c/é')", "'\"a\\\"b\\\\c/é\"'")]
    [InlineData("fromJSON('\"\\u0041\"')", "'A'")]
    [InlineData("fromJSON(' 1e2 ')", "100")]
    [InlineData("fromJSON('{\"a\":1,\"A\":2}')", """{"A":2}""")]
    public void Functions_answer_as_documented(string expression, string value) => Assert.Equal(value, Evaluate.Text(expression));

    [Fact]
    public void Control_characters_are_escaped_in_json() =>
        Assert.Equal("\"\\u0001\\n\\r\\t\\b\\f\\u2028\"", ((StringValue)Evaluate.Of("toJSON(text)", """{"text":"\u0001\n\r\t\b\f\u2028"}""")).Data);

    [Theory]
    [InlineData("1 && format('{0}')", "The following format string references more arguments than were supplied: {0}", 6)]
    [InlineData("format('{-1}', 1)", "The following format string is invalid: {-1}", 1)]
    [InlineData("format('{256}', 1)", "The following format string is invalid: {256}", 1)]
    [InlineData("format('{', 1)", "The following format string is invalid: {", 1)]
    [InlineData("format('{0:x}}y}', 1)", "The format specifiers 'x}y' are not valid for objects of type 'Number'", 1)]
    [InlineData("format('{0:x', 1)", "The following format string is invalid: {0:x", 1)]
    [InlineData("format('{0:x} {', fromJSON(''))", "The following format string is invalid: {0:x} {", 1)]
    [InlineData("format('{0} {1}', fromJSON(''))", "The following format string references more arguments than were supplied: {0} {1}", 1)]
    [InlineData("case(1, 2, 3)", "case predicate must evaluate to a boolean value", 1)]
    [InlineData("fromJSON('')", "Error parsing fromJson", 1)]
    [InlineData("fromJSON('{} x')", "Error parsing fromJson: not valid, or nested deeper than 64 levels, at line 1, byte 4", 1)]
    [InlineData("fromJSON('[1,]')", "Error parsing fromJson", 1)]
    [InlineData("fromJSON('\"\\ud800\"')", "Error parsing fromJson", 1)]
    public void What_has_no_value_says_why_and_where(string expression, string message, int position)
    {
        var exception = Evaluate.Fails(expression);

        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal(position, exception.Position);
    }

    [Theory]
    [InlineData("success() && !failure() && !cancelled() && always()", "success", "true")]
    [InlineData("failure() || cancelled()", "success", "false")]
    [InlineData("failure() && !success()", "failure", "true")]
    [InlineData("cancelled() && always() && !success()", "cancelled", "true")]
    [InlineData("success('good') && failure('good', 'bad')", "cancelled", "true")]
    public void Status_functions_ask_the_place(string expression, string status, string value) =>
        Assert.Equal(value, Evaluate.Text(expression, status: new FixedStatus(status)));

    [Fact]
    public void HashFiles_gets_its_patterns_as_text_and_its_errors_get_a_position()
    {
        var expression = ExpressionParser.Parse("1 && hashFiles('a', 2)", ExpressionRules.StepIf).Expression!;
        var contexts = Evaluate.Contexts("{}");

        Assert.Equal("a+2", ValueText.Of(expression.Evaluate(new EvaluationContext { Contexts = contexts, HashFiles = patterns => string.Join('+', patterns) })));
        var failing = new EvaluationContext { Contexts = contexts, HashFiles = _ => throw new ExpressionEvaluationException("no disk") };
        Assert.Equal(6, Assert.Throws<ExpressionEvaluationException>(() => expression.Evaluate(failing)).Position);
        Assert.Throws<ExpressionEvaluationException>(() => expression.Evaluate(new EvaluationContext { Contexts = contexts }));
    }

    [Fact]
    public void An_allowed_context_that_is_not_there_is_null()
    {
        var expression = ExpressionParser.Parse("needs.a.result", ExpressionRules.JobIf).Expression!;

        Assert.Same(Value.Null, expression.Evaluate(new EvaluationContext { Contexts = new Dictionary<string, Value>() }));
    }

    [Fact]
    public void Formats_in_formats_cannot_multiply_without_end()
    {
        var bomb = "'xxxxxxxxxx'";
        for (var level = 0; level < 30; level++)
        {
            bomb = $"format('{{0}}{{0}}{{0}}', {bomb})";
        }

        Assert.Contains("too large", Evaluate.Fails(bomb).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_of_many_small_values_is_limited_by_its_length()
    {
        var nested = string.Concat(Enumerable.Repeat("[", 60)) + string.Join(',', Enumerable.Repeat("1", 100_000)) + new string(']', 60);

        Assert.Contains("too large", Evaluate.Fails("toJSON(data)", $$"""{"data":{{nested}}}""").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_that_was_chosen_to_be_slow_is_not()
    {
        var text = new string('a', 1_000_000);
        var watch = ThreadWatch.StartNew();

        Assert.Equal("false", Evaluate.Text($"contains(text, part)", $$"""{"text":"{{text}}","part":"{{text[..500_000]}}b"}"""));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Theory]
    [InlineData("ab", 40, true)]
    [InlineData("aab", 40, true)]
    [InlineData("xyz", 40, false)]
    public void A_long_part_is_found_without_regard_to_case(string unit, int times, bool isFound)
    {
        var part = string.Concat(Enumerable.Repeat(unit, times));
        var text = string.Concat(Enumerable.Repeat("aab", 30)) + string.Concat(Enumerable.Repeat("ab", 60)) + string.Concat(Enumerable.Repeat("AaB", 60));

        Assert.Equal(isFound ? "true" : "false", Evaluate.Text("contains(text, part)", $$"""{"text":"{{text}}","part":"{{part}}"}"""));
    }

    [Fact]
    public void Json_nested_deeper_than_the_limit_is_refused()
    {
        Assert.Equal("Array", ValueText.Of(Evaluate.Of($"fromJSON('{new string('[', 64)}{new string(']', 64)}')")));
        Evaluate.Fails($"fromJSON('{new string('[', 65)}{new string(']', 65)}')");
    }
}
