using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Triggers;
using Xunit;

namespace Capstan.Workflows.Tests.Triggers;

public sealed class DispatchInputsTests
{
    private static readonly InputDefinition[] Declared =
    [
        new("name", "string", default) { Required = true },
        new("force", "boolean", default) { Default = new BooleanToken(default, true) },
        new("count", "number", default),
        new("level", "choice", default) { Options = ["low", "high"], Default = new StringToken(default, "low") },
        new("target", "environment", default),
    ];

    [Fact]
    public void Defaults_fill_what_was_not_given() => Check(
        """{"NAME":"x"}""",
        """{"name":"x","force":true,"count":0,"level":"low","target":""}""",
        """{"name":"x","force":"true","count":"0","level":"low","target":""}""");

    [Fact]
    public void Texts_are_read_as_the_type_asks_for() => Check(
        """{"name":true,"force":"False","count":"1e1","level":"high","target":"prod"}""",
        """{"name":"true","force":false,"count":10,"level":"high","target":"prod"}""",
        """{"name":"true","force":"false","count":"10","level":"high","target":"prod"}""");

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var result = DispatchInputs.Resolve(Declared, Given("""{"force":"yes","count":"many","level":"mid","target":{},"more":1}"""));

        Assert.Equal(
            [
                "The workflow has no input 'more': it declares name, force, count, level, target",
                "The input 'name' is required and was not given",
                "The input 'force' must be true or false, not 'yes'",
                "The input 'count' must be a number, not 'many'",
                "The input 'level' must be one of low, high, not 'mid'",
                "The input 'target' must be a text, not a mapping",
            ],
            result.Errors.Select(error => error.Message));
        Assert.Equal(["more", "name", "force", "count", "level", "target"], result.Errors.Select(error => error.Input));
    }

    [Fact]
    public void A_default_that_is_no_option_is_taken_and_the_same_text_given_is_not()
    {
        InputDefinition[] declared = [new("level", "choice", default) { Options = ["low"], Default = new StringToken(default, "mid") }];

        Assert.Equal("mid", ValueText.Of(DispatchInputs.Resolve(declared, Given("{}")).Inputs.Find("level")!));
        Assert.False(DispatchInputs.Resolve(declared, Given("""{"level":"mid"}""")).IsValid);
    }

    [Fact]
    public void An_empty_text_is_no_value_for_a_required_input() =>
        Assert.Equal("The input 'name' is required and was not given", DispatchInputs.Resolve(Declared, Given("""{"name":""}""")).Errors.Single().Message);

    [Fact]
    public void At_most_so_many_inputs_and_characters_are_allowed()
    {
        var inputs = Enumerable.Range(0, DispatchInputs.MaxInputs + 1).Select(index => new InputDefinition($"i{index}", "string", default)).ToList();

        Assert.True(DispatchInputs.Resolve(inputs[1..], Given("{}")).IsValid);
        Assert.Equal("The workflow declares 26 inputs; at most 25 are allowed", DispatchInputs.Resolve(inputs, Given("{}")).Errors.Single().Message);
        Assert.True(DispatchInputs.Resolve(Declared, Long(DispatchInputs.MaxTotalLength)).IsValid);
        Assert.False(DispatchInputs.Resolve(Declared, Long(DispatchInputs.MaxTotalLength + 1)).IsValid);

        static Dictionary<string, Value> Long(int length) => new() { ["name"] = Value.Of(new string('x', length - "name".Length)) };
    }

    private static void Check(string given, string inputs, string eventInputs)
    {
        var result = DispatchInputs.Resolve(Declared, Given(given));

        Assert.Empty(result.Errors);
        Assert.Equal(inputs, ValueJson.ToElement(result.Inputs).GetRawText());
        Assert.Equal(eventInputs, ValueJson.ToElement(result.EventInputs).GetRawText());
    }

    private static Dictionary<string, Value> Given(string json) => Expressions.Evaluate.Contexts(json);
}
