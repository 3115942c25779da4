using System.Text.Json;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

public sealed class ValueTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData(" \t\n", 0)]
    [InlineData("1", 1)]
    [InlineData(" -1.5e3 ", -1500)]
    [InlineData("+.5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("0xfF", 255)]
    [InlineData("0xFFFFFFFF", -1)]
    [InlineData("0x000000000ff", 255)]
    [InlineData("0o777", 511)]
    [InlineData("Infinity", double.PositiveInfinity)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("1e999", double.PositiveInfinity)]
    [InlineData("NaN", double.NaN)]
    [InlineData("0x", double.NaN)]
    [InlineData("0x100000000", double.NaN)]
    [InlineData("0o8", double.NaN)]
    [InlineData("0b1", double.NaN)]
    [InlineData("-0x1", double.NaN)]
    [InlineData("1,000", double.NaN)]
    [InlineData("1_000", double.NaN)]
    [InlineData("1\0", double.NaN)]
    [InlineData("1 2", double.NaN)]
    [InlineData("true", double.NaN)]
    public void Text_counts_as_a_number_when_it_is_written_like_one(string text, double number) => Assert.Equal(number, ValueNumber.Parse(text));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "0")]
    [InlineData(1.0, "1")]
    [InlineData(-1.50, "-1.5")]
    [InlineData(0.1 + 0.2, "0.3")]
    [InlineData(123456789012345, "123456789012345")]
    [InlineData(1234567890123456, "1.23456789012346E+15")]
    [InlineData(0.00001, "1E-05")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void A_number_in_a_text_has_fifteen_digits(double number, string text) => Assert.Equal(text, ValueText.Of(number));

    [Fact]
    public void Everything_but_nothing_is_true()
    {
        Value[] falsy = [Value.Null, Value.False, Value.Of(0), Value.Of(-0.0), Value.Of(double.NaN), Value.Of("")];
        Value[] truthy = [Value.True, Value.Of(-1), Value.Of(" "), Value.Of("false"), ArrayValue.Empty, ObjectValue.Empty];

        Assert.DoesNotContain(falsy, value => value.IsTruthy);
        Assert.All(truthy, value => Assert.True(value.IsTruthy));
    }

    [Fact]
    public void Of_two_properties_that_differ_in_case_the_later_stands_in_the_earlier_ones_place()
    {
        var value = new ObjectValue([new("a", Value.Of(1)), new("b", Value.Of(2)), new("A", Value.Of(3))]);

        Assert.Equal(["A", "b"], value.Properties.Select(property => property.Key));
        Assert.Equal(3, ((NumberValue)value.Find("a")!).Data);
        Assert.Null(value.Find("c"));
    }

    [Fact]
    public void Json_is_read_and_written_alike()
    {
        const string Json = """{"a":[1,1.5,-2E+30,true,false,null,"é\n"],"b":{}}""";
        var element = JsonDocument.Parse(Json).RootElement;

        Assert.True(JsonElement.DeepEquals(element, ValueJson.ToElement(ValueJson.Read(element))));
        Assert.True(JsonElement.DeepEquals(element, ValueJson.ToElement(ValueJson.Parse(Json))));
    }

    [Fact]
    public void Numbers_that_json_does_not_know_are_written_as_text() =>
        Assert.Equal("""["NaN","-Infinity",0]""", ValueJson.ToElement(new ArrayValue([Value.Of(double.NaN), Value.Of(double.NegativeInfinity), Value.Of(-0.0)])).GetRawText());

    [Fact]
    public void A_value_nested_deeper_than_the_limit_is_not_written()
    {
        Value value = ArrayValue.Empty;
        for (var level = 0; level < 10_000; level++)
        {
            value = new ArrayValue([value]);
        }

        Assert.Throws<JsonException>(() => ValueJson.ToElement(value));
    }
}
