namespace Capstan.Workflows.Templates;

/// <summary>Collects what is wrong with one file. Not thread-safe.</summary>
internal sealed class Findings(string file)
{
    /// <summary>A file with more mistakes is told about the first ones only: nobody reads further, and a hostile file must not fill the memory.</summary>
    public const int MaxDiagnostics = 1000;

    private readonly List<Diagnostic> diagnostics = [];

    public string File { get; } = file;

    public int ErrorCount { get; private set; }

    /// <summary>Nothing more is kept, and errors are among what is: words for further findings would be lost.</summary>
    public bool IsFull => diagnostics.Count >= MaxDiagnostics && ErrorCount > 0;

    public void Error(Place place, string code, string message) =>
        Add(new Diagnostic(File, place, Severity.Error, code, message));

    public void Warning(Place place, string code, string message) => Add(new Diagnostic(File, place, Severity.Warning, code, message));

    /// <summary>By place; what stands at one place stays in the order found.</summary>
    public IReadOnlyList<Diagnostic> Sorted() => [.. diagnostics.OrderBy(found => found.Place.Line).ThenBy(found => found.Place.Column)];

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
        if (diagnostics.Count < MaxDiagnostics)
            diagnostics.Add(diagnostic);
    }
}
