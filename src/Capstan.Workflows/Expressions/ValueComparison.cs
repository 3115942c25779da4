namespace Capstan.Workflows.Expressions;

/// <summary>
/// <c>==</c> and <c>&lt;</c> of the language. Values of different kinds are compared as numbers; texts without regard to case; arrays and objects are equal
/// only to themselves.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
/// </summary>
internal static class ValueComparison
{
    public static bool AreEqual(Value left, Value right)
    {
        if (left.Kind == right.Kind)
        {
            return left switch
            {
                NumberValue number => number.Data == ((NumberValue)right).Data,
                StringValue text => string.Equals(text.Data, ((StringValue)right).Data, StringComparison.OrdinalIgnoreCase),
                BooleanValue boolean => boolean.Data == ((BooleanValue)right).Data,
                NullValue => true,
                _ => ReferenceEquals(left, right),
            };
        }

        return left.IsPrimitive && right.IsPrimitive && ValueNumber.Of(left) == ValueNumber.Of(right);
    }

    /// <summary>False when either is NaN, an array or an object.</summary>
    public static bool IsLess(Value left, Value right)
    {
        if (left is StringValue leftText && right is StringValue rightText)
        {
            return string.Compare(leftText.Data, rightText.Data, StringComparison.OrdinalIgnoreCase) < 0;
        }

        return ValueNumber.Of(left) < ValueNumber.Of(right);
    }

    /// <summary><c>&lt;=</c> is "less or equal" in so many words: an object is not less than itself, but equal.</summary>
    public static bool IsLessOrEqual(Value left, Value right) => IsLess(left, right) || AreEqual(left, right);
}
