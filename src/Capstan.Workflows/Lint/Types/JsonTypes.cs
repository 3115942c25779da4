using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The types of values that stand in the file itself: in a matrix, or as JSON in an expression.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals
/// </summary>
internal static class JsonTypes
{
    public static ExpressionType Of(Value value) => value switch
    {
        NullValue => ExpressionType.Null,
        BooleanValue => ExpressionType.Boolean,
        NumberValue => ExpressionType.Number,
        StringValue => ExpressionType.String,
        ArrayValue array => new ArrayType(ExpressionType.Merge(array.Items.Select(Of))),
        ObjectValue node => new ObjectType(ObjectType.Index(node.Properties.Select(property => (property.Key, Of(property.Value))))),
        _ => ExpressionType.Any,
    };
}
