using System.Text;
using System.Text.Json;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

/// <summary>What steps read as their event: .NET's reader stands for all that are strict.</summary>
public sealed class JsonTextTests
{
    [Fact]
    public void Every_character_of_a_text_or_a_name_arrives()
    {
        var every = string.Concat(Enumerable.Range(0, 0xd800).Concat(Enumerable.Range(0xe000, 0x2000)).Select(code => (char)code)) + "\U0001f600";

        var read = Read(new ObjectValue([new(every, Value.Of(every))]));

        Assert.Equal((every, every), (read.EnumerateObject().Single().Name, read.EnumerateObject().Single().Value.GetString()));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() => Assert.Equal("\ufffd a\ufffdb \ufffd\ufffd", Read(Value.Of("\ud83d a\ude00b \ude00\ud83d")).GetString());

    [Theory]
    [InlineData(12345678901234567, "12345678901234568")]
    [InlineData(123456789012345, "123456789012345")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(-0.0, "0")]
    [InlineData(5e-324, "5E-324")]
    [InlineData(double.NaN, "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "\"Infinity\"")]
    [InlineData(double.NegativeInfinity, "\"-Infinity\"")]
    public void A_number_is_written_in_full_and_what_is_none_as_text(double number, string text)
    {
        Assert.Equal(text, JsonText.Of(Value.Of(number)));
        Assert.Equal(text, Read(Value.Of(number)).GetRawText());
    }

    [Fact]
    public void It_is_laid_out_for_people() => Assert.Equal(
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": [],\n  \"e\": true\n}",
        JsonText.Of(ValueJson.Parse("""{"a":[1,{"b":null}],"c":{},"d":[],"e":true}""")));

    [Fact]
    public void What_is_nested_too_deep_is_refused()
    {
        Value deep = Value.Null;
        for (var level = 0; level < ValueJson.MaxDepth; level++)
        {
            deep = new ArrayValue([deep]);
        }

        Assert.Equal(JsonValueKind.Array, Read(deep).ValueKind);
        Assert.Throws<InvalidDataException>(() => JsonText.Of(new ArrayValue([deep])));
    }

    private static JsonElement Read(Value value)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(JsonText.Of(value)), new JsonReaderOptions { MaxDepth = ValueJson.MaxDepth });
        return JsonElement.ParseValue(ref reader);
    }
}
