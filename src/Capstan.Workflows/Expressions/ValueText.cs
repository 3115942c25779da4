namespace Capstan.Workflows.Expressions;

/// <summary>
/// How a value reads inside a text.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
/// </summary>
public static class ValueText
{
    /// <summary>15 significant digits, as GitHub's evaluator prints: <c>0.1</c>, <c>1E+15</c>.</summary>
    private const string NumberFormat = "G15";

    /// <summary>Null is empty; an array or object is its kind's name.</summary>
    public static string Of(Value value) => value switch
    {
        StringValue text => text.Data,
        NumberValue number => Of(number.Data),
        BooleanValue boolean => boolean.Data ? "true" : "false",
        ArrayValue => "Array",
        ObjectValue => "Object",
        _ => "",
    };

    /// <remarks>Negative zero has no sign.</remarks>
    public static string Of(double number) => number == 0 ? "0" : number.ToString(NumberFormat);

    /// <summary>As it would be written in an expression: texts quoted, arrays and objects by the name of their kind.</summary>
    public static string Literal(Value value) => value switch
    {
        NullValue => "null",
        StringValue text => $"'{text.Data.Replace("'", "''", StringComparison.Ordinal)}'",
        _ => Of(value),
    };
}
