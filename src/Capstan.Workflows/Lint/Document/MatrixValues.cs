using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>
/// The values that one key of a matrix takes. Most are scalars, and those are looked up: a long matrix with as many excludes costs its
/// length.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrixexclude
/// </summary>
internal sealed class MatrixValues
{
    /// <summary>GitHub makes no more jobs of a matrix; of more lists and mappings nothing is said, because each is compared with each exclude.</summary>
    private const int MaxCompared = 256;

    private readonly HashSet<string> scalars = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<YamlNode> others = [];

    /// <summary>An expression decides about a value.</summary>
    private bool isOpen;

    public static MatrixValues Of(YamlNode vector)
    {
        var values = new MatrixValues { isOpen = vector is not YamlSequence };
        foreach (var item in vector.Items())
            values.Add(item);
        return values;
    }

    public void Add(YamlNode value)
    {
        if (value.HasExpression() || others.Count == MaxCompared)
            isOpen = true;
        else if (value is YamlScalar scalar)
            scalars.Add(scalar.Text);
        else
            others.Add(value);
    }

    /// <summary>Whether one of the values has, or may have, everything that a filter names.</summary>
    public bool CanCover(YamlNode filter) =>
        isOpen || (filter is YamlScalar scalar ? scalars.Contains(scalar.Text) : others.Exists(value => Covers(value, filter)));

    private static bool Covers(YamlNode value, YamlNode filter) => (value, filter) switch
    {
        (YamlScalar known, YamlScalar wanted) => string.Equals(known.Text, wanted.Text, StringComparison.OrdinalIgnoreCase),
        (YamlSequence known, YamlSequence wanted) => known.Items.Count == wanted.Items.Count && known.Items.Zip(wanted.Items, Covers).All(same => same),
        (YamlMapping, YamlMapping wanted) => wanted.Entries().All(entry => value.Find(entry.Name) is { } known && Covers(known.Value, entry.Value)),
        _ => false,
    };
}
