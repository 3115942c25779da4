namespace Capstan.Workflows.Templates;

/// <summary>Collects what is wrong with one file. Not thread-safe.</summary>
internal sealed class Findings(string file)
{
    private readonly List<Diagnostic> diagnostics = [];
    private readonly FindingLimit limit = new();

    public string File { get; } = file;

    /// <summary>Also of those that are not kept.</summary>
    public int ErrorCount { get; private set; }

    /// <summary>No more of this severity are kept: costly words need not be made.</summary>
    public bool IsFull(Severity severity) => limit.IsFull(severity);

    public void Error(Place place, string code, string message) =>
        Add(new Diagnostic(File, place, Severity.Error, code, message));

    public void Warning(Place place, string code, string message) => Add(new Diagnostic(File, place, Severity.Warning, code, message));

    /// <summary>By place; what stands at one place stays in the order found.</summary>
    public IReadOnlyList<Diagnostic> Sorted() =>
        diagnostics.Count < 2 ? [.. diagnostics] : InOrder();

    private Diagnostic[] InOrder() => [.. diagnostics.OrderBy(found => found.Place.Line).ThenBy(found => found.Place.Column)];

    /// <summary>All findings of another file.</summary>
    public void Take(Findings other)
    {
        foreach (var diagnostic in other.diagnostics)
            Add(diagnostic);
    }

    public void Add(Diagnostic diagnostic)
    {
        if (diagnostic.Severity == Severity.Error)
            ErrorCount++;
        if (limit.TryTake(diagnostic.Severity))
            diagnostics.Add(diagnostic);
    }
}
