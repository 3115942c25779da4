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

    private static HashSet<string> Collect(ExpressionNode? root, Func<ExpressionNode, string?> nameOf) =>
        root is null ? [] : [.. Nodes(root).Select(nameOf).OfType<string>().Select(name => name.ToLowerInvariant())];
}
