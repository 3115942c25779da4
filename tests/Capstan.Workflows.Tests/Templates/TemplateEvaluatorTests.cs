using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;
using Xunit;

namespace Capstan.Workflows.Tests.Templates;

public sealed class TemplateEvaluatorTests
{
    private static readonly Place Here = new(3, 7);

    private static readonly EvaluationContext Context = new()
    {
        Contexts = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase)
        {
            ["github"] = ValueJson.Parse("""{"ref":"refs/heads/main","run_number":7,"event":{"flag":true}}"""),
            ["env"] = ValueJson.Parse("""{"A":"1","list":["x","y"]}"""),
        },
    };

    [Theory]
    [InlineData("github.ref", "refs/heads/main")]
    [InlineData("github.run_number", "7")]
    [InlineData("github.event.flag", "true")]
    [InlineData("github.nothing", "")]
    [InlineData("format('a {0} b', env.A)", "a 1 b")]
    public void Text_takes_every_scalar(string expression, string expected) =>
        Assert.Equal(expected, TemplateEvaluator.EvaluateString(new ExpressionToken(Here, expression), Context).Value);

    [Theory]
    [InlineData("env.list")]
    [InlineData("github")]
    [InlineData("fromJSON('{')")]
    [InlineData("github.ref ==")]
    public void What_gives_no_text_is_a_diagnostic_at_the_tokens_place(string expression)
    {
        var result = TemplateEvaluator.EvaluateString(new ExpressionToken(Here, expression), Context, "ci.yml");

        Assert.False(result.IsValid);
        Assert.Equal(("ci.yml", Here, Severity.Error), (result.Diagnostics[0].File, result.Diagnostics[0].Place, result.Diagnostics[0].Severity));
    }

    [Fact]
    public void A_boolean_must_be_one_and_a_number_too()
    {
        Assert.True(TemplateEvaluator.EvaluateBoolean(new ExpressionToken(Here, "github.event.flag"), Context).Value);
        Assert.False(TemplateEvaluator.EvaluateBoolean(new ExpressionToken(Here, "'true'"), Context).IsValid);
        Assert.Equal(7, TemplateEvaluator.EvaluateNumber(new ExpressionToken(Here, "github.run_number"), Context).Value);
        Assert.False(TemplateEvaluator.EvaluateNumber(new ExpressionToken(Here, "env.A"), Context).IsValid);
    }

    [Fact]
    public void An_array_from_an_expression_in_a_list_stands_for_its_items()
    {
        var list = new SequenceToken(Here, [new StringToken(Here, "w"), new ExpressionToken(Here, "env.list"), new SequenceToken(Here, [new StringToken(Here, "z")])]);

        var items = Assert.IsType<ArrayValue>(TemplateEvaluator.Evaluate(list, Context).Value).Items;

        Assert.Equal([ValueKind.String, ValueKind.String, ValueKind.String, ValueKind.Array], items.Select(i => i.Kind));
        Assert.Equal(["w", "x", "y"], items.Take(3).Select(ValueText.Of));
    }

    [Fact]
    public void A_map_keeps_its_order_and_takes_inserted_mappings()
    {
        var map = Map(
            (new StringToken(Here, "Z"), new ExpressionToken(Here, "env.A")),
            (new InsertToken(Here), new ExpressionToken(Here, """fromJSON('{"b":1,"a":true}')""")),
            (new ExpressionToken(Here, "format('K{0}', env.A)"), new NumberToken(Here, 0.5)));

        var result = TemplateEvaluator.EvaluateMap(map, Context);

        Assert.Equal(["Z=1", "b=1", "a=true", "K1=0.5"], result.Value!.Select(entry => $"{entry.Key}={entry.Value}"));
    }

    [Fact]
    public void A_name_given_twice_is_a_diagnostic_whatever_its_case()
    {
        var map = Map((new StringToken(Here, "a"), new StringToken(Here, "1")), (new ExpressionToken(Here, "'A'"), new StringToken(Here, "2")));

        Assert.Equal(["'A' is already defined"], TemplateEvaluator.EvaluateMap(map, Context).Diagnostics.Select(found => found.Message));
    }

    [Fact]
    public void An_expression_may_give_the_whole_map()
    {
        Assert.Equal(["x=1"], TemplateEvaluator.EvaluateMap(new ExpressionToken(Here, """fromJSON('{"x":1}')"""), Context).Value!.Select(entry => $"{entry.Key}={entry.Value}"));
        Assert.False(TemplateEvaluator.EvaluateMap(new ExpressionToken(Here, "env.list"), Context).IsValid);
        Assert.False(TemplateEvaluator.EvaluateMap(new ExpressionToken(Here, "github"), Context).IsValid);
    }

    [Fact]
    public void All_mistakes_of_a_template_are_reported()
    {
        var sequence = new SequenceToken(Here, [new ExpressionToken(new Place(1, 1), "fromJSON('x')"), new ExpressionToken(new Place(2, 2), "1 +")]);

        Assert.Equal(["1:1", "2:2"], TemplateEvaluator.Evaluate(sequence, Context).Diagnostics.Select(found => found.Place.ToString()));
    }

    [Fact]
    public void A_condition_is_truthy_or_not()
    {
        Assert.True(TemplateEvaluator.EvaluateCondition("github.ref == 'refs/heads/main'", Here, Context).Value);
        Assert.False(TemplateEvaluator.EvaluateCondition("github.nothing", Here, Context).Value);
        Assert.False(TemplateEvaluator.EvaluateCondition("github.ref ==", Here, Context).IsValid);
    }

    private static MappingToken Map(params (TemplateToken Key, TemplateToken Value)[] entries) =>
        new(Here, [.. entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value))]);
}
