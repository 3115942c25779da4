namespace Capstan.Workflows;

/// <summary>Whether a finding refuses the file.</summary>
public enum Severity
{
    /// <summary>The workflow runs; something in it is not as its author may think.</summary>
    Warning,

    /// <summary>The workflow is refused.</summary>
    Error,
}

/// <summary>A user's mistake, or something worth knowing, with its place. Collected, never thrown: a file's mistakes are reported all at once.</summary>
/// <param name="File">As the caller named it, for example <c>.github/workflows/ci.yml</c>.</param>
/// <param name="Code">Stable, lower case with dashes, for example <c>unknown-key</c>, <c>not-yet-honoured</c>, <c>expression</c>.</param>
/// <param name="Message">What is wrong, what is allowed, and where close "did you mean".</param>
public sealed record Diagnostic(string File, Place Place, Severity Severity, string Code, string Message)
{
    public override string ToString() => Place.IsKnown
        ? $"{File} (Line: {Place.Line}, Col: {Place.Column}): {Message}"
        : $"{File}: {Message}";
}
