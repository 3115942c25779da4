using Capstan.Workflows.Expressions;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

/// <summary>What must hold for every text and value; each runs on some hundred random ones.</summary>
public sealed class ExpressionProperties
{
    private static readonly string[] Pieces =
    [
        "github", "needs", ".a", ".*", "[*]", "['a']", "[0]", "(", ")", "[", "]", ",", "*", "!", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "'x'", "''", "'", "1", "-0", ".5", "0x1F", "1e400",
        "null", "true", "NaN", "Infinity", "contains(", "format('{0}',", "join(", "toJSON(", "fromJSON('[1,{\"a\":2}]')", "case(true,", "success()", " ", "\n", "é", "\ud83d", "\0", "=", "&", "|", "@",
    ];

    private static readonly ExpressionRules Rules = ExpressionRules.Allow("github", "needs", "success(0,MAX)");

    private static readonly Dictionary<string, Value> Contexts =
        Evaluate.Contexts("""{"github":{"a":[1,"x",{"a":null}],"0":true},"needs":[[0],{"a":{"a":"b"}}]}""");

    private static Gen<string> Texts => Gen.Elements(Pieces).ListOf().Select(string.Concat);

    private static Gen<Value> Values => Gen.Sized(ValuesOfSize);

    [Fact]
    public void Parsing_never_throws_and_evaluating_throws_nothing_else() => Check(Texts, 3000, text =>
    {
        var parsed = ExpressionParser.Parse(text, Rules);
        if (!parsed.IsValid)
        {
            return parsed.Error.Position >= 1 && parsed.Error.Position <= Math.Max(1, text.Length);
        }

        try
        {
            var context = new EvaluationContext { Contexts = Contexts, Status = new FixedStatus("success") };
            var explanation = parsed.Expression.Explain(context);
            return explanation.ToString().Length > 0 && explanation.Value.Kind == parsed.Expression.Evaluate(context).Kind;
        }
        catch (ExpressionEvaluationException exception)
        {
            return exception.Position >= 1;
        }
    });

    [Fact]
    public void Any_text_can_be_written_as_a_literal() => Check(ArbMap.Default.GeneratorFor<string>().Where(text => text is not null && text.Length < 1000), 500, text =>
        Evaluate.Of(ValueText.Literal(Value.Of(text))) is StringValue value && value.Data == text);

    /// <remarks>Not the very largest: with 15 digits they round to more than a number can be.</remarks>
    [Fact]
    public void A_number_survives_its_text() => Check(Numbers.Where(number => !double.IsFinite(number) || Math.Abs(number) < 1e308), 1000, number =>
    {
        var text = ValueText.Of(number);
        var again = ValueNumber.Parse(text);
        return ValueText.Of(again) == text && (!double.IsFinite(number) || Math.Abs(again - number) <= Math.Abs(number) * 1e-14);
    });

    [Fact]
    public void A_number_literal_is_its_value() => Check(Numbers.Where(double.IsFinite), 500, number =>
        Evaluate.Of(number.ToString("R")) is NumberValue value && value.Data == number);

    [Fact]
    public void A_value_survives_json() => Check(Values, 500, value =>
    {
        var text = ((StringValue)Evaluate.Of("toJSON(v)", $$"""{"v":{{ValueJson.ToElement(value).GetRawText()}}}""")).Data;
        return ValueJson.ToElement(ValueJson.Parse(text)).GetRawText() == ValueJson.ToElement(value).GetRawText();
    });

    [Fact]
    public void A_value_survives_its_JSON_text() => Check(Gen.OneOf(Values, Numbers.Select(Value.Of)), 500, value =>
        ValueJson.ToElement(ValueJson.Parse(JsonText.Of(value))).GetRawText() == ValueJson.ToElement(value).GetRawText());

    [Fact]
    public void Two_values_are_never_both_less_and_equal() => Check(Values.Zip(Values), 1000, pair =>
    {
        var (left, right) = pair;
        var less = ValueComparison.IsLess(left, right);
        var greater = ValueComparison.IsLess(right, left);
        var equal = ValueComparison.AreEqual(left, right);
        return (less ? 1 : 0) + (greater ? 1 : 0) + (equal ? 1 : 0) <= 1 && equal == ValueComparison.AreEqual(right, left);
    });

    private static Gen<double> Numbers => Gen.OneOf(
        ArbMap.Default.GeneratorFor<double>(),
        ArbMap.Default.GeneratorFor<int>().Select(number => (double)number),
        Gen.Elements(0, -0.0, double.MaxValue, double.MinValue, double.Epsilon, 0.1, 1e15, 1e16, 123456789.123456789));

    private static Gen<Value> ValuesOfSize(int size)
    {
        var leaf = Gen.OneOf(
            Gen.Elements(Value.Null, Value.True, Value.False, Value.Of(""), Value.Of("1"), Value.Of("a"), Value.Of("A")),
            Gen.Choose(-3, 300).Select(number => Value.Of(number / 4.0)),
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => Value.Of(text.Get.Replace('\ud800', 'x'))).Where(IsWellFormed));
        if (size < 2)
        {
            return leaf;
        }

        var items = ValuesOfSize(size / 4).ListOf();
        return Gen.Frequency(
            (3, leaf),
            (1, items.Select(list => (Value)new ArrayValue(list))),
            (1, items.Select(list => (Value)new ObjectValue(list.Index().Select(entry => KeyValuePair.Create($"k{entry.Index}", entry.Item))))));
    }

    private static bool IsWellFormed(Value value) => !ValueText.Of(value).Any(char.IsSurrogate);

    private static void Check<T>(Gen<T> values, int times, Func<T, bool> holds) =>
        Prop.ForAll(values.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(times));
}
