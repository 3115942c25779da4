namespace Capstan.Workflows.Templates;

/// <summary>
/// A node of a workflow file after YAML, with its place: literals, sequences, mappings, and expressions not evaluated yet. Text with embedded expressions is
/// one <see cref="ExpressionToken"/> around <c>format(…)</c>. Immutable, so safe to share between threads.
/// </summary>
public abstract record TemplateToken(Place Place);

public sealed record NullToken(Place Place) : TemplateToken(Place);

public sealed record BooleanToken(Place Place, bool Value) : TemplateToken(Place);

public sealed record NumberToken(Place Place, double Value) : TemplateToken(Place);

public sealed record StringToken(Place Place, string Value) : TemplateToken(Place);

/// <param name="Expression">Without <c>${{ }}</c>.</param>
public sealed record ExpressionToken(Place Place, string Expression) : TemplateToken(Place);

/// <summary>The key <c>${{ insert }}</c>: the mapping's value is merged in.</summary>
public sealed record InsertToken(Place Place) : TemplateToken(Place);

public sealed record SequenceToken(Place Place, IReadOnlyList<TemplateToken> Items) : TemplateToken(Place)
{
    /// <summary>Whether nothing in it, however deep, was refused.</summary>
    public bool IsWhole { get; init; } = true;
}

/// <summary>Entries in file order; a key is a <see cref="StringToken"/>, <see cref="ExpressionToken"/> or <see cref="InsertToken"/>.</summary>
public sealed record MappingToken(Place Place, IReadOnlyList<KeyValuePair<TemplateToken, TemplateToken>> Entries) : TemplateToken(Place)
{
    /// <summary>As in <see cref="SequenceToken.IsWhole"/>.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>Keys that stand in the file and are not among the entries, because they or their values were refused; an empty text for one without a name.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Whether it is known that the file does not have a key.</summary>
    public bool Lacks(string key) => Find(key) is null && !LeftOut.Any(name => name.Length == 0 || name.Equals(key, StringComparison.OrdinalIgnoreCase));

    /// <summary>The value of a literal key, compared without regard to case; null when absent.</summary>
    public TemplateToken? Find(string key)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key is StringToken text && string.Equals(text.Value, key, StringComparison.OrdinalIgnoreCase))
            {
                return entry.Value;
            }
        }

        return null;
    }
}
