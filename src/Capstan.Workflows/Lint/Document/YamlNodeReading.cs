using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>A key with its value.</summary>
internal sealed record Entry(YamlScalar Key, YamlNode Value)
{
    public string Name => Key.Text;
}

/// <summary>Reads nodes without expecting anything of them: what has another form than asked for is as if it were not there.</summary>
internal static class YamlNodeReading
{
    public static Entry? Find(this YamlNode? node, string key)
    {
        if (node is not YamlMapping mapping)
            return null;
        foreach (var entry in mapping.Entries)
        {
            if (entry.Key is YamlScalar scalar && scalar.Text == key)
                return new Entry(scalar, entry.Value);
        }

        return null;
    }

    /// <summary>Entries with a scalar key, each key once without regard to case: a second one is refused elsewhere.</summary>
    public static IEnumerable<Entry> Entries(this YamlNode? node)
    {
        if (node is not YamlMapping mapping)
            yield break;
        var keys = new HashSet<string>(mapping.Entries.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in mapping.Entries)
        {
            if (entry.Key is YamlScalar key && keys.Add(key.Text))
                yield return new Entry(key, entry.Value);
        }
    }

    public static IReadOnlyList<YamlNode> Items(this YamlNode? node) => node is YamlSequence sequence ? sequence.Items : [];

    /// <summary>The scalar itself, or those of a sequence.</summary>
    public static IEnumerable<YamlScalar> OneOrMany(this YamlNode? node) => node switch
    {
        YamlScalar scalar => [scalar],
        YamlSequence sequence => sequence.Items.OfType<YamlScalar>(),
        _ => [],
    };

    /// <summary>A scalar's text; null for anything else, and where nothing stands.</summary>
    public static string? Text(this YamlNode? node) => node is YamlScalar scalar && !scalar.IsNull() ? scalar.Text : null;

    public static bool IsNull(this YamlNode? node) => node is YamlScalar scalar && TemplateReader.Literal(scalar) is NullToken;

    /// <summary>Nothing stands there, or an empty text.</summary>
    public static bool IsEmpty(this YamlNode? node) => node is YamlScalar { Text: "" };

    public static bool IsTrue(this YamlNode? node) => node is YamlScalar scalar && TemplateReader.Literal(scalar) is BooleanToken { Value: true };

    /// <summary>Whether an expression stands in it, at any depth.</summary>
    public static bool HasExpression(this YamlNode? node) => node switch
    {
        YamlScalar scalar => scalar.Text.Contains(EmbeddedParts.Open, StringComparison.Ordinal),
        YamlSequence sequence => sequence.Items.Any(HasExpression),
        YamlMapping mapping => mapping.Entries.Any(entry => entry.Key.HasExpression() || entry.Value.HasExpression()),
        _ => false,
    };

    /// <summary>Whether a key is computed, so that not all keys are known.</summary>
    public static bool HasExpressionKey(this YamlNode? node) => node is YamlMapping mapping && mapping.Entries.Any(entry => entry.Key.HasExpression());
}
