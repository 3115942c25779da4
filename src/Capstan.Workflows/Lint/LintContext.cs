using System.Text.RegularExpressions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>What a rule sees, and where it reports. For one file; not thread-safe.</summary>
internal sealed class LintContext(
    WorkflowDocument document, SourceText source, IReadOnlyList<Diagnostic> languageDiagnostics, LintSettings settings, ILintFiles? files)
{
    /// <summary>
    /// Findings of one file that are ignored; further ones are kept like any other. Each costs a message and the names it suggests, and a file may have
    /// them for every pair of its parts: without an end, ignoring them would take longest. What is kept fills up and ends them, and no mistake is hidden
    /// behind those.
    /// </summary>
    private const int MaxIgnored = 10_000;

    private readonly HashSet<(Place Place, Place Start, LintCheck Check, Severity Severity, string Message)> seen = [];
    private readonly List<LintFinding> findings = [];
    private readonly FindingLimit limit = new();
    private readonly IReadOnlyList<Regex> ignored = settings.IgnoredIn(document.File);
    private readonly HashSet<Place> refused = [.. languageDiagnostics.Where(found => found.Severity == Severity.Error).Select(found => found.Place)];
    private readonly HashSet<Place> explained = [];
    private int ignoredCount;

    public WorkflowDocument Document { get; } = document;

    public SourceText Source { get; } = source;

    /// <summary>What the language itself says about the file.</summary>
    public IReadOnlyList<Diagnostic> LanguageDiagnostics { get; } = languageDiagnostics;

    public LintSettings Settings { get; } = settings;

    /// <summary>The actions and workflows of the repository that this file names; empty where there is no repository to look into.</summary>
    public Neighbours Neighbours { get; } = new(files);

    /// <summary>All expressions of the file that stand where the language knows the place, whatever their place allows.</summary>
    public IReadOnlyList<FileExpression> Expressions => field ??= FileExpression.Of(Document);

    public ContextTypes Types => field ??= new ContextTypes(this);

    public IReadOnlyList<LintFinding> Findings => findings;

    /// <summary>No more of this severity are kept: costly messages need not be made.</summary>
    public bool IsFull(Severity severity) => limit.IsFull(severity);

    /// <summary>Whether the language refuses what begins at the place.</summary>
    public bool IsRefused(Place place) => refused.Contains(place);

    /// <summary>A rule has said why the expressions of the value that begins here are refused, better than the language's own words do.</summary>
    public void Explain(Place place) => explained.Add(place);

    public bool IsExplained(Place place) => explained.Contains(place);

    public void Report(LintCheck check, YamlNode node, string message) => Report(check, node.Place, message, check.Severity);

    public void Report(LintCheck check, Place place, string message) => Report(check, place, message, check.Severity);

    public void Report(LintCheck check, Place place, string message, Severity severity) => Report(check, place, place, message, severity);

    /// <summary>About one thing, but shown at another: a cycle of needs is told at the job and shown at the need.</summary>
    public void Report(LintCheck check, Place place, Place shown, string message) => Report(check, place, shown, message, check.Severity);

    private void Report(LintCheck check, Place place, Place shown, string message, Severity severity)
    {
        // What to underline is looked for in the rest of the line, which may be the whole file.
        if (!IsFull(severity) && !TryIgnore(message))
            Add(new LintFinding(Document.File, place, Source.SpanAt(shown), check, severity, message));
    }

    /// <summary>About a part of a text.</summary>
    /// <param name="offset">0-based, in the scalar's text.</param>
    public void Report(LintCheck check, YamlScalar scalar, int offset, int length, string message, Severity? severity = null)
    {
        var told = severity ?? check.Severity;
        if (IsFull(told) || TryIgnore(message))
            return;
        var span = Source.SpanIn(scalar, offset, length);
        var place = span.Start.Line == scalar.Place.Line ? span.Start : scalar.Place;
        Add(new LintFinding(Document.File, place, span, check, told, message));
    }

    /// <summary>What nobody sees takes nobody's room.</summary>
    private bool TryIgnore(string message)
    {
        if (ignoredCount == MaxIgnored || !ignored.Any(pattern => pattern.IsMatch(message)))
            return false;
        ignoredCount++;
        return true;
    }

    private void Add(LintFinding finding)
    {
        if (seen.Add((finding.Place, finding.Span.Start, finding.Check, finding.Severity, finding.Message)) && limit.TryTake(finding.Severity))
            findings.Add(finding);
    }
}
