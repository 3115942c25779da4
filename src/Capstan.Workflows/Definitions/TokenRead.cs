using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>Reads what the schema has already checked: what does not fit is left out, its error was reported.</summary>
internal static class TokenRead
{
    public static string? Text(this TemplateToken? token) => (token as StringToken)?.Value;

    public static bool IsTrue(this TemplateToken? token) => token is BooleanToken { Value: true };

    /// <summary>The texts of one text or of a sequence of texts; null when absent.</summary>
    public static IReadOnlyList<string>? Texts(this TemplateToken? token) => token is null ? null : [.. token.TextTokens().Select(text => text.Value)];

    public static IEnumerable<StringToken> TextTokens(this TemplateToken? token) => token switch
    {
        StringToken text => [text],
        SequenceToken sequence => sequence.Items.OfType<StringToken>(),
        _ => [],
    };

    /// <summary>Entries with a literal key.</summary>
    public static IReadOnlyList<NamedEntry> NamedEntries(this TemplateToken? token)
    {
        if (token is not MappingToken mapping)
            return [];
        var entries = new List<NamedEntry>(mapping.Entries.Count);
        foreach (var entry in mapping.Entries)
        {
            if (entry.Key is StringToken key)
                entries.Add(new NamedEntry(key, entry.Value));
        }

        return entries;
    }
}

internal sealed record NamedEntry(StringToken Key, TemplateToken Value);
