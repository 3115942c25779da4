namespace Capstan.Workflows.Expressions;

/// <summary>What an expression mentions, evaluated or not.</summary>
internal static class ExpressionUse
{
    private static readonly HashSet<string> StatusNames = new(StringComparer.OrdinalIgnoreCase) { "always", "cancelled", "failure", "success" };

    public static IReadOnlyCollection<string> ContextsOf(ExpressionNode? root) =>
        Collect(root, node => node is ContextNode context ? context.Name : null);

    public static IReadOnlyCollection<string> StatusFunctionsOf(ExpressionNode? root) =>
        Collect(root, node => node is CallNode call && StatusNames.Contains(call.Function.Name) ? call.Function.Name : null);

    /// <summary>The node and everything below it, in the order of the text but for operators, which come before their operands.</summary>
    /// <remarks>Recursion is bounded: no expression is deeper than <see cref="ExpressionRules.MaxDepth"/>.</remarks>
    public static IEnumerable<ExpressionNode> Nodes(ExpressionNode root) => ChildrenOf(root).SelectMany(Nodes).Prepend(root);

    public static IReadOnlyList<ExpressionNode> ChildrenOf(ExpressionNode node) => node switch
    {
        IndexNode index => [index.Target, index.Key],
        CallNode call => call.Arguments,
        NotNode not => [not.Operand],
        ComparisonNode comparison => [comparison.Left, comparison.Right],
        LogicalNode logical => logical.Operands,
        _ => [],
    };

    /// <summary>Whether the value may be a secret, or be made of one.</summary>
    public static bool ReadsSecrets(ExpressionNode node)
    {
        if (node is ContextNode whole)
        {
            return Is(whole.Name, "secrets") || Is(whole.Name, "github");
        }

        // Of the github context only the token is a secret; a key that is computed may be any.
        return node is IndexNode { Target: ContextNode context, Key: LiteralNode { Value: StringValue key } } && Is(context.Name, "github")
            ? Is(key.Data, "token")
            : ChildrenOf(node).Any(ReadsSecrets);

        static bool Is(string name, string expected) => string.Equals(name, expected, StringComparison.OrdinalIgnoreCase);
    }

    private static HashSet<string> Collect(ExpressionNode? root, Func<ExpressionNode, string?> nameOf) =>
        root is null ? [] : [.. Nodes(root).Select(nameOf).OfType<string>().Select(name => name.ToLowerInvariant())];
}
