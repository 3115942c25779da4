namespace Capstan.Workflows.Templates;

/// <summary>
/// How many findings of one file are kept. Nobody reads further, and a hostile file must not fill the memory. Errors and warnings have room of their own: whichever come first, a file that is
/// refused says so. Not thread-safe.
/// </summary>
internal sealed class FindingLimit
{
    public const int MaxOfOneSeverity = 1000;

    private int errors;
    private int warnings;

    public bool IsFull(Severity severity) => (severity == Severity.Error ? errors : warnings) >= MaxOfOneSeverity;

    /// <summary>Takes room for one finding; false when there is none.</summary>
    public bool TryTake(Severity severity)
    {
        if (IsFull(severity))
            return false;
        if (severity == Severity.Error)
            errors++;
        else
            warnings++;
        return true;
    }
}
