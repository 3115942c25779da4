using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Schedules;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// What the language itself says about the file, sorted into the linter's checks: nothing that is refused goes unsaid. What another rule has said better is
/// left out. A missing key is told at the
/// key whose section lacks it, where its author looks.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
/// </summary>
internal sealed class LanguageRule : ILintRule
{
    private static readonly string[] FilterKeys = ["branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore"];

    public void Check(LintContext context)
    {
        foreach (var found in context.LanguageDiagnostics)
            Report(context, found);
    }

    private static void Report(LintContext context, Diagnostic found)
    {
        var site = context.Document.Walk.At(found.Place);
        var keyPath = context.Document.Walk.PathOfKey(found.Place);
        switch (found.Code)
        {
            case "no-start" when context.Document.Jobs.Count == 0:
                Add(context, LintChecks.Empty, found, OwnerOf(site, found.Place));
                break;

            // Told by JobNeedsRule, EventRule, ConditionRule and MissingKeyRule; what this program cannot execute yet is no mistake of the file.
            case "needs" or "no-start" or "filter-pair" or "condition-always-true" or "no-steps" or "not-yet-honoured":
                break;
            case "expression" or "expression-not-allowed":
                if (!context.IsExplained(found.Place))
                    Add(context, LintChecks.ExpressionSyntax, found);
                break;
            case "unknown-key":
                ReportUnknownKey(context, found, keyPath ?? "");
                break;
            case "unexpected-value":
                ReportValue(context, found, site);
                break;
            case "missing-key" or "ambiguous" when site?.Path == "jobs.*" && site.Node is YamlMapping { Entries.Count: > 0 }:
                break;
            case "missing-key" or "ambiguous":
                Add(context, IsInput(site?.Path) ? LintChecks.InputShape : LintChecks.MissingKey, found, OwnerOf(site, found.Place));
                break;
            case "input":
                Add(context, LintChecks.InputValue, found, site?.Node is YamlMapping ? OwnerOf(site, found.Place) : found.Place);
                break;
            case "uses":
                if (!site?.Node.HasExpression() ?? true)
                    Add(context, site?.Step is null ? LintChecks.BadWorkflowRef : LintChecks.BadActionRef, found);
                break;
            case "schedule":
                Add(context, CheckForSchedule(site), found);
                break;
            case "container" when site is { Node: YamlMapping } && site.Node.Find("image") is null:
                break;
            case "container":
                Add(context, LintChecks.Empty, found);
                break;
            case "matrix":
                ReportMatrix(context, found, site);
                break;
            default:
                Add(context, CheckFor(found.Code), found);
                break;
        }
    }

    private static void ReportMatrix(LintContext context, Diagnostic found, Site? site)
    {
        if (context.IsExplained(found.Place))
            return;
        var isEmpty = site?.Node is YamlSequence { Items.Count: 0 } or YamlMapping { Entries.Count: 0 };
        Add(context, isEmpty ? LintChecks.Empty : LintChecks.BadMatrix, found, site?.Node is YamlMapping ? OwnerOf(site, found.Place) : null);
    }

    private static LintCheck CheckForSchedule(Site? site)
    {
        if (site?.Path.EndsWith(".timezone", StringComparison.Ordinal) ?? false)
            return LintChecks.BadTimeZone;
        return site?.Node.Text() is { } cron && CronExpression.Parse(cron).Expression is { IsTooFrequent: true } ? LintChecks.FrequentCron : LintChecks.BadCron;
    }

    /// <summary>For what one check tells, whatever the place.</summary>
    public static LintCheck CheckFor(string code) => code switch
    {
        "duplicate-key" => LintChecks.DuplicateKey,
        "unexpected-sequence" or "unexpected-mapping" or "unexpected-key" => LintChecks.WrongNode,
        "id" => LintChecks.BadId,
        "filter-pattern" => LintChecks.BadGlob,
        "deadlock" => LintChecks.Deadlock,
        "merge-key" or "limit" => LintChecks.Yaml,
        _ => LintChecks.WrongValue,
    };

    private static void Add(LintContext context, LintCheck check, Diagnostic found, Place? place = null)
    {
        var known = place ?? found.Place;
        context.Report(check, known.IsKnown ? known : new Place(1, 1), found.Message, found.Severity);
    }

    /// <summary>The key that the value at a place belongs to.</summary>
    private static Place OwnerOf(Site? site, Place place) => site?.Key?.Place ?? place;

    private static bool IsInput(string? path) => path is not null
        && (path.StartsWith("on.workflow_call.", StringComparison.Ordinal) || path.StartsWith("on.workflow_dispatch.", StringComparison.Ordinal));

    private static bool IsPermissions(string path) => path is "permissions" or "jobs.*.permissions";

    private static void ReportUnknownKey(LintContext context, Diagnostic found, string path)
    {
        var key = context.Document.Walk.KeyAt(found.Place)?.Text ?? "";
        if (path == "jobs.*" && MissingKeyRule.IsJobKey(key))
            return;
        if (IsPermissions(path))
            Add(context, LintChecks.UnknownPermission, found);
        else if (path == "on")
            context.Report(LintChecks.UnknownEvent, found.Place, UnknownEvent(found));
        else if (IsEvent(path) && FilterKeys.Contains(key))
            context.Report(LintChecks.FilterNotAvailable, found.Place, $"'{key}' is no filter of the event '{path[3..]}'");
        else if (IsEvent(path) && key is "types" or "workflows")
            context.Report(
                LintChecks.FilterNotAvailable,
                context.Document.FindEvent(path[3..])?.Name.Place ?? found.Place,
                found.Place,
                $"The event '{path[3..]}' has no '{key}'");
        else
            Add(context, LintChecks.UnknownKey, found);
    }

    private static bool IsEvent(string path) => path.StartsWith("on.", StringComparison.Ordinal) && path.IndexOf('.', 3) < 0;

    private static string UnknownEvent(Diagnostic found) =>
        found.Message.Replace("Unexpected value", "unknown Webhook event", StringComparison.Ordinal).Replace('\'', '"');

    private static void ReportValue(LintContext context, Diagnostic found, Site? site)
    {
        // A broken expression is refused a second time, as the text that it then is.
        if (context.IsExplained(found.Place))
            return;
        var path = site?.Path ?? "";
        if (path is "on" or "on.*" && !site!.Node.IsEmpty())
        {
            context.Report(LintChecks.UnknownEvent, found.Place, UnknownEvent(found));
            return;
        }

        if (IsPermissions(path) || IsPermissions(ParentOf(path)))
            Add(context, LintChecks.BadPermission, found);
        if (site?.Node.IsEmpty() ?? false)
        {
            var isEntry = IsInput(ParentOf(path));
            Add(context, isEntry ? LintChecks.InputShape : LintChecks.Empty, found, isEntry ? OwnerOf(site, found.Place) : null);
        }
        else if (!IsPermissions(path) && !IsPermissions(ParentOf(path)))
        {
            Add(context, CheckForValue(path, site?.Rule), found);
        }
    }

    private static LintCheck CheckForValue(string path, Rule? rule)
    {
        if (path.StartsWith("on.", StringComparison.Ordinal)
            && (path.EndsWith(".types", StringComparison.Ordinal) || path.EndsWith(".types.*", StringComparison.Ordinal)))
            return LintChecks.UnknownActivity;
        if (IsInput(path) && path.EndsWith(".type", StringComparison.Ordinal))
            return LintChecks.InputShape;
        if (rule is null or { Text: not null })
            return LintChecks.WrongValue;
        return rule.AllowsBoolean || rule.AllowsNumber ? LintChecks.WrongLiteral : LintChecks.WrongNode;
    }

    private static string ParentOf(string path)
    {
        var dot = path.LastIndexOf('.');
        return dot < 0 ? "" : path[..dot];
    }
}
