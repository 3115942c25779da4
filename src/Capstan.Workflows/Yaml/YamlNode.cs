namespace Capstan.Workflows.Yaml;

/// <summary>
/// A node of a YAML file with the place where it starts. Aliases are already replaced: an aliased node is the anchor's own object, so nodes form a graph without
/// cycles and a small file stays small in memory however often it repeats itself.
/// </summary>
internal abstract class YamlNode(Place place)
{
    /// <summary>Where the node (its tag or anchor, if any) begins.</summary>
    public Place Place { get; } = place;

    /// <summary>Parse events this node stands for once its aliases are written out.</summary>
    public long Events { get; protected set; } = 1;

    /// <summary>Levels of sequences and mappings in it: 0 for a scalar.</summary>
    public int Height { get; protected set; }

    /// <summary>The file broke off before its end was read: what seems to be missing in it may have stood behind.</summary>
    public bool IsCut { get; protected set; }
}

/// <summary>How a scalar says what it is.</summary>
internal enum ScalarTag
{
    /// <summary>Plain and without a tag: the text decides.</summary>
    Implicit,
    String,
    Null,
    Boolean,
    Integer,
    Float,
}

internal sealed class YamlScalar(Place place, string text, ScalarTag tag) : YamlNode(place)
{
    public string Text { get; } = text;

    public ScalarTag Tag { get; } = tag;

    /// <summary>YAML 1.1's merge key, which GitHub's language does not have.</summary>
    public bool IsMergeKey => Tag == ScalarTag.Implicit && Text is "<<";
}

internal sealed class YamlSequence(Place place) : YamlNode(place)
{
    private readonly List<YamlNode> items = [];

    public IReadOnlyList<YamlNode> Items => items;

    public void Add(YamlNode item)
    {
        items.Add(item);
        Events += item.Events;
        Height = Math.Max(Height, item.Height + 1);
    }

    /// <summary>Ends the sequence where the file broke off.</summary>
    /// <param name="dropLast">Its last item, when that is a scalar, may not be what its author meant.</param>
    public void Cut(bool dropLast)
    {
        IsCut = true;
        if (dropLast && items is [.., YamlScalar])
            items.RemoveAt(items.Count - 1);
    }
}

internal sealed class YamlMapping(Place place) : YamlNode(place)
{
    private readonly List<KeyValuePair<YamlNode, YamlNode>> entries = [];
    private YamlNode? openKey;

    /// <summary>As written: keys may repeat, and may be no scalars.</summary>
    public IReadOnlyList<KeyValuePair<YamlNode, YamlNode>> Entries => entries;

    /// <summary>Whether a key waits for its value.</summary>
    public bool HasOpenKey => openKey is not null;

    /// <summary>Begins an entry, which <see cref="AddValue"/> ends.</summary>
    public void AddKey(YamlNode key) => openKey = key;

    public void AddValue(YamlNode value)
    {
        var key = openKey!;
        openKey = null;
        entries.Add(new(key, value));
        Events += key.Events + value.Events;
        Height = Math.Max(Height, Math.Max(key.Height, value.Height) + 1);
    }

    /// <summary>Ends the mapping where the file broke off; a key without a value is left out.</summary>
    /// <param name="dropLast">Its last value, when that is a scalar, may not be what its author meant.</param>
    public void Cut(bool dropLast)
    {
        IsCut = true;
        openKey = null;
        if (dropLast && entries is [.., { Value: YamlScalar }])
            entries.RemoveAt(entries.Count - 1);
    }
}
