using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Rules;
using Capstan.Workflows.Pipelines;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>
/// Checks workflow files: what the language itself refuses, and what is allowed but hardly meant. Pure and safe from any thread, and no input makes it throw;
/// the repository around a file
/// is only seen through <see cref="ILintFiles"/>.
/// </summary>
public static class Linter
{
    /// <summary>In the order they look. Each judges what it sees by itself: so they serve for a file too that breaks off with a syntax error.</summary>
    private static readonly ILintRule[] OfParts =
    [
        new ExpressionRule(),
        new VariableNameRule(),
        new UntrustedInputRule(),
        new ConditionRule(),
        new NumberRule(),
        new CredentialsRule(),
        new EnvNameRule(),
        new DeprecatedCommandRule(),
        new OutdatedActionRule(),
    ];

    /// <summary>They also ask what is not there, or what stands elsewhere in the file.</summary>
    private static readonly ILintRule[] OfTheWhole =
    [
        new ExpressionTypeRule(),
        new EmptyValueRule(),
        new MissingKeyRule(),
        new EventRule(),
        new ScheduleRule(),
        new InputDefinitionRule(),
        new JobNeedsRule(),
        new MatrixRule(),
        new RunnerLabelRule(),
        new ShellRule(),
        new ActionRule(),
        new WorkflowCallRule(),
    ];

    private static readonly ILintRule Pipeline = new PipelineRule();

    /// <summary>Last: it says what no other rule has said better.</summary>
    private static readonly ILintRule Language = new LanguageRule();

    /// <param name="file">Relative to the repository's root, for example <c>.github/workflows/ci.yml</c>; it stands in the findings.</param>
    /// <param name="files">Null: local actions and called workflows are not looked at.</param>
    /// <returns>By place.</returns>
    public static IReadOnlyList<LintFinding> Check(string file, string yaml, LintSettings settings, ILintFiles? files)
    {
        var source = new SourceText(yaml);
        var read = YamlReader.Read(yaml, YamlLimits.Default);
        var root = read.Root ?? read.Salvaged ?? new YamlScalar(new Place(1, 1), "", ScalarTag.Implicit);
        var language = WorkflowReader.ReadFile(file, yaml, WorkflowReadOptions.Default);
        var diagnostics = language.Diagnostics.Where(found => !Tells(found, read.Error)).ToList();
        var context = new LintContext(new WorkflowDocument(file, root), source, diagnostics, settings, files);
        if (read.Error is { } error)
            context.Report(LintChecks.Yaml, error.Culprit.IsKnown ? error.Culprit : new Place(1, 1), error.Message);
        foreach (var anchor in read.UnusedAnchors)
            context.Report(LintChecks.UnusedAnchor, anchor.Place, $"The anchor '{anchor.Name}' is not used: no alias '*{anchor.Name}' follows");
        foreach (var rule in RulesFor(file, read, language.Size))
            rule.Check(context);
        return Sorted(context.Findings);
    }

    /// <summary>Checks an action's manifest.</summary>
    /// <param name="file">As in <see cref="Check"/>; the files that the manifest names are looked for in its folder.</param>
    public static IReadOnlyList<LintFinding> CheckAction(string file, string yaml, ILintFiles files)
    {
        var source = new SourceText(yaml);
        var folder = file[..(file.LastIndexOf('/') + 1)];
        return
        [
            .. ActionManifestCheck.Run(new LintFile(file, yaml), name => files.Exists(folder + name))
                .Select(mistake => new LintFinding(
                    file, mistake.Place, source.SpanAt(mistake.Place), LintChecks.BadMetadata, mistake.Severity, mistake.Message)),
        ];
    }

    /// <summary>
    /// Of a file that its aliases make too large nothing more is said: every rule would look at all of it. Its size tells, because the error that says so may be one too many to be kept.
    /// </summary>
    private static IEnumerable<ILintRule> RulesFor(string file, YamlReadResult read, long size)
    {
        if (PipelineFile.Is(file))
            return [Pipeline];
        return size > ResultSize.DefaultLimit
            ? [Language]
            : [.. OfParts, .. read.Error is null ? OfTheWhole : [], Language];
    }

    private static bool Tells(Diagnostic found, YamlError? error) => found.Place == error?.Place && found.Message == error.Message;

    private static IReadOnlyList<LintFinding> Sorted(IEnumerable<LintFinding> findings) =>
    [
        .. findings.OrderBy(found => found.Place.Line).ThenBy(found => found.Place.Column).ThenBy(found => found.Span.Start.Line)
            .ThenBy(found => found.Check.Id, StringComparer.Ordinal),
    ];
}
