namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// What functions can do something with. The runner turns every value into a text where one is needed; of an object that gives "Object", of a boolean "true",
/// which nobody searches for.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
/// </summary>
internal static class FunctionParameters
{
    /// <param name="index">0-based.</param>
    /// <param name="count">Of all arguments.</param>
    /// <returns>What is expected; null when the argument is fine.</returns>
    public static string? Refusal(string function, int index, int count, ExpressionType type) => (function, index) switch
    {
        _ when type == ExpressionType.Any => null,
        ("case", _) => index % 2 == 1 || index == count - 1 || type == ExpressionType.Boolean ? null : "true or false",
        ("contains" or "join", 0) => type is ArrayType || IsText(type) ? null : "a text or an array",
        ("contains", 1) => type is ArrayType or ObjectType ? "a text, number or boolean" : null,
        ("fromJSON", _) => type is ArrayType or ObjectType || type == ExpressionType.Null ? "a text" : null,
        ("startsWith" or "endsWith" or "hashFiles" or "join", _) or ("format", 0) => IsText(type) ? null : "a text",
        _ => null,
    };

    private static bool IsText(ExpressionType type) => type == ExpressionType.String || type == ExpressionType.Number;
}
