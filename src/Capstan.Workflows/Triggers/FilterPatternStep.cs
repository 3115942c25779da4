namespace Capstan.Workflows.Triggers;

/// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet</remarks>
internal enum FilterPatternStepKind
{
    /// <summary>One of certain characters.</summary>
    Character,

    /// <summary><c>*</c></summary>
    AnyInSegment,

    /// <summary><c>**</c></summary>
    Any,

    /// <summary><c>**/</c> at the start of a segment, in two steps: this one may be passed together with the next, …</summary>
    PerhapsFolders,

    /// <summary>… which takes anything up to and with a slash.</summary>
    Folders,
}

/// <param name="Characters">Of <see cref="FilterPatternStepKind.Character"/>: those it takes.</param>
/// <param name="IsOptional">Followed by <c>?</c>.</param>
/// <param name="IsRepeated">Followed by <c>+</c>.</param>
internal readonly record struct FilterPatternStep(FilterPatternStepKind Kind, string Characters = "", bool IsOptional = false, bool IsRepeated = false)
{
    /// <summary>Whether the next step may begin without a character for this one.</summary>
    public bool MayBeAbsent => IsOptional || Kind is FilterPatternStepKind.AnyInSegment or FilterPatternStepKind.Any or FilterPatternStepKind.PerhapsFolders;

    public bool Takes(char character) => Characters.Contains(character, StringComparison.Ordinal);
}
