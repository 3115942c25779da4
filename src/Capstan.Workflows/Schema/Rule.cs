using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Schema;

/// <summary>
/// What may stand at one place of a file: any of its forms. A rule is data, built once; all the knowledge of the language's keys is in the tables of this folder.
/// Not changed once the tables are built: <see cref="Define"/> is part of the building, and lets a rule name itself.
/// </summary>
internal sealed class Rule
{
    public bool AllowsNull { get; init; }
    public bool AllowsBoolean { get; init; }
    public bool AllowsNumber { get; init; }

    /// <summary>Null when no text may stand here. Null, booleans and numbers become text where only text may stand.</summary>
    public TextForm? Text { get; init; }

    /// <summary>What each item of a sequence is; null when no sequence may stand here.</summary>
    public Rule? Items { get; private set; }

    /// <summary>Alternatives; which one is meant is decided by the first key that only some have.</summary>
    public IReadOnlyList<MappingForm> Mappings { get; private set; } = [];

    /// <summary>What expressions may use here; null: what the surrounding rule says.</summary>
    public ExpressionRules? Expressions { get; init; }

    /// <summary>What may stand here, for messages: <c>a text or a sequence</c>.</summary>
    public string Expected => string.Join(" or ", new[]
    {
        Text is null ? null : "a text",
        AllowsBoolean ? "true or false" : null,
        AllowsNumber ? "a number" : null,
        Items is null ? null : "a sequence",
        Mappings.Count > 0 ? "a mapping" : null,
    }.OfType<string>());

    public Rule Define(Rule? items, params MappingForm[] mappings)
    {
        Items = items;
        Mappings = mappings;
        return this;
    }
}

/// <summary>Text, perhaps of a closed list, perhaps not empty.</summary>
internal sealed record TextForm
{
    public static TextForm Free { get; } = new();
    public static TextForm Filled { get; } = new() { NotEmpty = true };

    public bool NotEmpty { get; init; }

    /// <summary>The only texts allowed; null: any.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    public bool Allows(string text) => Values is null ? !NotEmpty || text.Length > 0 : Values.Contains(text, StringComparer.Ordinal);
}

/// <summary>One shape of a mapping: known keys (exact case), and perhaps a rule for all others.</summary>
internal sealed class MappingForm
{
    public MappingForm(params SchemaKey[] keys)
    {
        var properties = new Dictionary<string, Rule>(keys.Length, StringComparer.Ordinal);
        var required = new List<string>();
        foreach (var key in keys)
        {
            var name = key.Name.TrimEnd('!');
            properties.Add(name, key.Rule);
            if (name.Length < key.Name.Length)
                required.Add(name);
        }

        Properties = properties;
        Required = required;
    }

    /// <summary>Known keys.</summary>
    public IReadOnlyDictionary<string, Rule> Properties { get; }

    /// <summary>The keys that must be there: in the table they end in <c>!</c>.</summary>
    public IReadOnlyList<string> Required { get; }

    /// <summary>The rule for the value of any other key; null: no other keys.</summary>
    public Rule? Others { get; init; }

    /// <summary>Names of other keys may not be empty.</summary>
    public bool OtherKeysNotEmpty { get; init; }

    /// <summary>Other keys are accepted with a warning and not read: the service ignores them.</summary>
    public bool IgnoresOthers { get; init; }
}

/// <summary>
/// A line of the table: a key and the rule of its value; a name that ends in <c>!</c> must be there. A class, as all of the tables: generic code over structs of ours is compiled
/// anew at every start of the program.
/// </summary>
internal sealed record SchemaKey(string Name, Rule Rule)
{
    public static implicit operator SchemaKey((string Name, Rule Rule) line) => new(line.Name, line.Rule);
}
