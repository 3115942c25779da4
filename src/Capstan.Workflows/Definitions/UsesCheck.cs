using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The form of <c>uses</c>, of steps and of jobs: no stricter than GitHub's own parser, which does not look at names.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
/// </summary>
internal static class UsesCheck
{
    /// <summary>Checks the reference of a step.</summary>
    public static void Check(StringToken uses, Findings findings)
    {
        if (ActionReference.LeavesRepository(uses.Value))
            findings.Error(uses.Place, "uses", $"Invalid reference '{Suggestion.Show(uses.Value)}': '..' leads out of the repository that it names");
        else if (ActionReference.IsSameRepository(uses.Value) && uses.Value.Contains('@', StringComparison.Ordinal))
            findings.Error(uses.Place, "uses", $"Invalid reference '{Suggestion.Show(uses.Value)}': '$/' is of the commit that runs, it has no '@' and ref");
        else if (!ActionReference.IsLocal(uses.Value) && !ActionReference.IsDocker(uses.Value) && ActionReference.Split(uses.Value) is null)
            findings.Error(uses.Place, "uses", $"Expected format {{org}}/{{repo}}[/path]@ref. Actual '{Suggestion.Show(uses.Value)}'");
    }

    /// <summary>Checks the reference of a job to a workflow.</summary>
    public static void CheckWorkflow(StringToken uses, Findings findings)
    {
        if (ActionReference.LeavesRepository(uses.Value))
        {
            findings.Error(uses.Place, "uses", $"Invalid workflow reference '{Suggestion.Show(uses.Value)}': '..' leads out of the repository that it names");
        }
        else if (ActionReference.IsLocal(uses.Value))
        {
            if (uses.Value.Contains('@', StringComparison.Ordinal))
                findings.Error(uses.Place, "uses", $"Invalid workflow reference '{Suggestion.Show(uses.Value)}': a local workflow has no '@' and ref");
        }
        else if (ActionReference.Split(uses.Value) is not { Path.Length: > 0 })
        {
            findings.Error(
                uses.Place,
                "uses",
                $"Invalid workflow reference '{Suggestion.Show(uses.Value)}': expected format {{org}}/{{repo}}/{{path}}@ref, or ./{{path}} for a "
                + "workflow of this repository");
        }
    }

    /// <summary>What a step's made-up id is made from: <c>owner/repo</c>, the image, or <c>self</c>.</summary>
    public static string ShortName(string uses)
    {
        if (ActionReference.IsLocal(uses))
            return "self";
        if (ActionReference.Parse(uses) is ActionReference.Docker docker)
            return docker.Image;
        return ActionReference.Split(uses) is { } remote ? $"{remote.Owner}/{remote.Repository}" : "run";
    }
}
