using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The value of <c>uses</c>: <c>owner/repo[/path]@ref</c>, <c>./path</c>, <c>$/path</c>, and for steps <c>docker://image</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
/// </summary>
internal static class ActionReference
{
    private const string Docker = "docker://";
    private const string SameRepository = "$/";

    /// <summary>Checks the reference of a step.</summary>
    public static void Check(StringToken uses, Findings findings)
    {
        if (LeavesRepository(uses.Value))
            findings.Error(uses.Place, "uses", $"Invalid reference '{Suggestion.Show(uses.Value)}': '..' leads out of the repository that it names");
        else if (!IsLocal(uses.Value) && !uses.Value.StartsWith(Docker, StringComparison.Ordinal) && Split(uses.Value) is null)
            findings.Error(uses.Place, "uses", $"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{Suggestion.Show(uses.Value)}'");
    }

    /// <summary>Checks the reference of a job to a workflow.</summary>
    public static void CheckWorkflow(StringToken uses, Findings findings)
    {
        if (LeavesRepository(uses.Value))
        {
            findings.Error(uses.Place, "uses", $"Invalid workflow reference '{Suggestion.Show(uses.Value)}': '..' leads out of the repository that it names");
        }
        else if (IsLocal(uses.Value))
        {
            if (uses.Value.Contains('@', StringComparison.Ordinal))
                findings.Error(uses.Place, "uses", $"Invalid workflow reference '{Suggestion.Show(uses.Value)}': a local workflow has no '@' and ref");
        }
        else if (Split(uses.Value) is not { Path.Length: > 0 })
        {
            findings.Error(
                uses.Place,
                "uses",
                $"Invalid workflow reference '{Suggestion.Show(uses.Value)}': expected format {{org}}/{{repo}}/{{path}}@ref, or ./{{path}} for a workflow of this repository");
        }
    }

    /// <summary>What a step's made-up id is made from: <c>owner/repo</c>, the image, or <c>self</c>.</summary>
    public static string ShortName(string uses)
    {
        if (IsLocal(uses))
            return "self";
        if (uses.StartsWith(Docker, StringComparison.Ordinal))
            return uses[Docker.Length..];
        return Split(uses) is { } reference ? $"{reference.Owner}/{reference.Repository}" : "run";
    }

    /// <summary>Those of the workspace may: what is beside it is the job's as well.</summary>
    private static bool LeavesRepository(string uses) =>
        (uses.StartsWith(SameRepository, StringComparison.Ordinal) || (!IsLocal(uses) && !uses.StartsWith(Docker, StringComparison.Ordinal)))
        && uses.Split('@')[0].Split('/', '\\').Contains("..", StringComparer.Ordinal);

    private static bool IsLocal(string uses) =>
        uses.StartsWith("./", StringComparison.Ordinal) || uses.StartsWith(".\\", StringComparison.Ordinal) || uses.StartsWith(SameRepository, StringComparison.Ordinal);

    private static (string Owner, string Repository, string Path)? Split(string uses)
    {
        var at = uses.IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || at == uses.Length - 1 || uses.IndexOf('@', at + 1) >= 0)
            return null;

        var segments = uses[..at].Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        return segments.Length < 2 ? null : (segments[0], segments[1], string.Join('/', segments.Skip(2)));
    }
}
