using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Rules;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>
/// Checks workflow files: what the language itself refuses, and what is allowed but hardly meant. Pure and safe from any thread, and no input makes it throw;
/// the repository around a file
/// is only seen through <see cref="ILintFiles"/>.
/// </summary>
public static class Linter
{
    /// <summary>In the order they look; rules that fall back on the language's own diagnostics come last.</summary>
    private static readonly ILintRule[] Rules =
    [
        new ExpressionRule(),
        new ExpressionTypeRule(),
        new VariableNameRule(),
        new UntrustedInputRule(),
        new ConditionRule(),
        new EmptyValueRule(),
        new MissingKeyRule(),
        new NumberRule(),
        new EventRule(),
        new ScheduleRule(),
        new InputDefinitionRule(),
        new JobNeedsRule(),
        new MatrixRule(),
        new RunnerLabelRule(),
        new ShellRule(),
        new CredentialsRule(),
        new EnvNameRule(),
        new DeprecatedCommandRule(),
        new ActionRule(),
        new OutdatedActionRule(),
        new WorkflowCallRule(),
        new LanguageRule(),
    ];

    /// <param name="file">Relative to the repository's root, for example <c>.github/workflows/ci.yml</c>; it stands in the findings.</param>
    /// <param name="files">Null: local actions and called workflows are not looked at.</param>
    /// <returns>By place.</returns>
    public static IReadOnlyList<LintFinding> Check(string file, string yaml, LintSettings settings, ILintFiles? files)
    {
        var source = new SourceText(yaml);
        var read = YamlReader.Read(yaml, YamlLimits.Default);
        if (read.Error is { } error)
        {
            var place = error.Place.IsKnown ? error.Place : new Place(1, 1);
            return Sorted(file, settings, [new LintFinding(file, place, source.SpanAt(place), LintChecks.Yaml, LintChecks.Yaml.Severity, error.Message)]);
        }

        var root = read.Root ?? new YamlScalar(new Place(1, 1), "", ScalarTag.Implicit);
        var language = WorkflowReader.Read(file, yaml);
        var context = new LintContext(new WorkflowDocument(file, root), source, language.Diagnostics, settings, files);
        foreach (var anchor in read.UnusedAnchors)
            context.Report(LintChecks.UnusedAnchor, anchor.Place, $"The anchor '{anchor.Name}' is not used: no alias '*{anchor.Name}' follows");
        foreach (var rule in Rules)
            rule.Check(context);
        return Sorted(file, settings, context.Findings);
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

    private static IReadOnlyList<LintFinding> Sorted(string file, LintSettings settings, IEnumerable<LintFinding> findings) =>
    [
        .. findings.Where(found => !settings.Ignores(file, found))
            .OrderBy(found => found.Place.Line).ThenBy(found => found.Place.Column).ThenBy(found => found.Span.Start.Line)
            .ThenBy(found => found.Check.Id, StringComparer.Ordinal),
    ];
}
