namespace Capstan.Workflows.Triggers;

/// <summary>
/// A whole filter. The last pattern that fits a name decides: it takes the name in, or out again when it begins with <c>!</c>. A pattern that is not well
/// formed fits nothing; the workflow's
/// reader has reported it.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#example-including-and-excluding-branches
/// </summary>
internal sealed class FilterPatternList
{
    private readonly List<FilterPattern> patterns = [];
    private readonly IReadOnlyList<string> texts;

    /// <param name="key">The filter's key in the workflow, for example <c>branches-ignore</c>.</param>
    public FilterPatternList(string key, IReadOnlyList<string> texts)
    {
        Key = key;
        this.texts = texts;
        foreach (var text in texts)
        {
            if (FilterPattern.Parse(text).Pattern is { } pattern)
            {
                patterns.Add(pattern);
            }
        }
    }

    public string Key { get; }

    /// <returns>Whether the name is taken in, and the pattern that decided; null when none fits.</returns>
    public (bool IsIn, string? Pattern) Decide(string name)
    {
        for (var index = patterns.Count - 1; index >= 0; index--)
        {
            if (patterns[index].Matches(name))
            {
                return (!patterns[index].IsNegated, patterns[index].Text);
            }
        }

        return (false, null);
    }

    /// <summary>The trace of what the filter did with a value.</summary>
    public FilterTrace Trace(FilterOutcome outcome, string? value, string? pattern) => new(Key, outcome) { Value = value, Pattern = pattern, Patterns = texts };

    /// <summary><c>branches (main, releases/**)</c></summary>
    public override string ToString() => $"{Key} ({string.Join(", ", patterns)})";
}
