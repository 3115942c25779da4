namespace Capstan.Workflows.Lint;

/// <summary>A stretch of one line. Length 0: only the beginning is known.</summary>
/// <param name="Length">UTF-16 units.</param>
public readonly record struct LintSpan(Place Start, int Length);

/// <summary>Something that a check has to say about a workflow file.</summary>
/// <param name="File">As the caller named it.</param>
/// <param name="Place">
/// Where the value (or key) begins that the finding is about. Of an expression inside a text of several lines this is the text's beginning, in
/// <see cref="Span"/> stands the place inside.
/// </param>
/// <param name="Span">What to underline.</param>
/// <param name="Message">What is wrong, what is allowed, and where close "did you mean".</param>
public sealed record LintFinding(string File, Place Place, LintSpan Span, LintCheck Check, Severity Severity, string Message)
{
    public override string ToString() => $"{File}:{Place}: {Message} [{Check.Rule}]";
}
