namespace Capstan.Workflows.Expressions;

/// <summary>A value of a context that an expression names: <c>needs.build.outputs.version</c>.</summary>
/// <param name="Text">As written.</param>
/// <param name="Path">The context and the keys below it, as written; a key that is computed, and all after it, is <see cref="AnyKey"/>.</param>
public sealed record ExpressionReference(string Text, IReadOnlyList<string> Path)
{
    /// <summary>Stands for any key: <c>secrets.*</c>, <c>secrets[inputs.name]</c>.</summary>
    public const string AnyKey = "*";

    public string Context => Path[0];

    /// <summary>Whether it is the context of that name, or something in it.</summary>
    public bool IsIn(string context) => string.Equals(Context, context, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first key below the context; null when the context is named as a whole.</summary>
    public string? FirstKey => Path.Count > 1 ? Path[1] : null;

    /// <summary>All that a tree names, evaluated or not, in the order of the text and without repetition.</summary>
    internal static IReadOnlyList<ExpressionReference> Of(ExpressionNode root, string text)
    {
        var found = new List<ExpressionReference>();
        Collect(root, text, found);
        return [.. found.DistinctBy(reference => reference.Text, StringComparer.OrdinalIgnoreCase)];
    }

    private static void Collect(ExpressionNode node, string text, List<ExpressionReference> found)
    {
        var keys = new List<ExpressionNode>();
        var target = node;
        while (target is IndexNode index)
        {
            keys.Insert(0, index.Key);
            target = index.Target;
        }

        if (target is ContextNode context)
        {
            found.Add(new ExpressionReference(text[node.Start..node.End], [context.Name, .. Names(keys)]));
        }
        else
        {
            foreach (var child in ExpressionUse.ChildrenOf(target))
            {
                Collect(child, text, found);
            }
        }

        foreach (var key in keys)
        {
            Collect(key, text, found);
        }
    }

    private static IEnumerable<string> Names(List<ExpressionNode> keys)
    {
        var isComputed = false;
        foreach (var key in keys)
        {
            isComputed |= key is not LiteralNode;
            yield return isComputed ? AnyKey : ValueText.Of(((LiteralNode)key).Value);
        }
    }
}
