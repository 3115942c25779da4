namespace Capstan.Workflows.Triggers;

/// <summary>What is wrong in a pattern.</summary>
/// <param name="Position">1-based, in UTF-16 units.</param>
internal sealed record FilterPatternError(string Message, int Position);

/// <summary>
/// One entry of a <c>branches</c>, <c>tags</c> or <c>paths</c> filter. Immutable, so safe to share.
/// <list type="bullet">
/// <item><c>*</c> any characters but <c>/</c>; <c>**</c> any characters; <c>**/</c> at the start of a segment also no folder at all</item>
/// <item><c>?</c> none or one, <c>+</c> one or more of the preceding character</item>
/// <item><c>[abc0-9]</c> one of these characters; <c>\</c> takes the next character as it is</item>
/// <item><c>!</c> at the start: what earlier patterns matched does not match after all</item>
/// </list>
/// The whole name must match, case counts.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
/// </summary>
internal sealed class FilterPattern
{
    /// <summary>UTF-16 units; no name of a branch or file is longer.</summary>
    public const int MaxLength = 4096;

    private readonly IReadOnlyList<FilterPatternStep> steps;

    internal FilterPattern(string text, bool isNegated, IReadOnlyList<FilterPatternStep> steps)
    {
        Text = text;
        IsNegated = isNegated;
        this.steps = steps;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    public bool IsNegated { get; }

    /// <returns>The pattern, or what is wrong with the text.</returns>
    public static (FilterPattern? Pattern, FilterPatternError? Error) Parse(string text) => new FilterPatternParser(text).Parse();

    /// <summary>Whether the name fits what stands behind a <c>!</c>, or the whole pattern when there is none.</summary>
    /// <remarks>All ways to match are followed at once, so the time is at most the product of both lengths, whatever the pattern.</remarks>
    public bool Matches(ReadOnlySpan<char> name)
    {
        // Entry i says whether the name read so far can have been matched by the steps before i.
        var current = new bool[steps.Count + 1];
        var following = new bool[steps.Count + 1];
        current[0] = true;
        SkipWhatMayBeAbsent(current);
        foreach (var character in name)
        {
            Array.Clear(following);
            for (var index = 0; index < steps.Count; index++)
            {
                if (current[index])
                {
                    Advance(steps[index], index, character, following);
                }
            }

            SkipWhatMayBeAbsent(following);
            (current, following) = (following, current);
        }

        return current[^1];
    }

    public override string ToString() => Text;

    private static void Advance(FilterPatternStep step, int index, char character, bool[] following)
    {
        switch (step.Kind)
        {
            case FilterPatternStepKind.AnyInSegment:
                following[index] |= character != '/';
                break;
            case FilterPatternStepKind.Any:
                following[index] = true;
                break;
            case FilterPatternStepKind.Folders:
                following[index] = true;
                following[index + 1] |= character == '/';
                break;
            case FilterPatternStepKind.Character when step.Takes(character):
                following[index] |= step.IsRepeated;
                following[index + 1] = true;
                break;
            default:
                break;
        }
    }

    private void SkipWhatMayBeAbsent(bool[] reached)
    {
        for (var index = 0; index < steps.Count; index++)
        {
            if (!reached[index])
            {
                continue;
            }

            var step = steps[index];
            reached[index + 1] |= step.MayBeAbsent;
            if (step.Kind == FilterPatternStepKind.PerhapsFolders)
            {
                reached[index + 2] = true;
            }
        }
    }
}
