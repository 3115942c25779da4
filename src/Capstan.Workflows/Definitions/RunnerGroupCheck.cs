using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The name of a runner group: plain, or with one prefix that says whose group it is.
/// Source: https://docs.github.com/en/actions/how-tos/manage-runners/larger-runners/use-larger-runners
/// </summary>
internal static class RunnerGroupCheck
{
    private static readonly string[] Prefixes = ["ent", "enterprise", "org", "organization"];

    public static void Run(TemplateToken? runsOn, Findings findings)
    {
        if ((runsOn as MappingToken)?.Find("group") is not StringToken group)
            return;
        var parts = group.Value.Split('/');
        if (parts.Length > 2 || (parts.Length == 2 && (parts[1].Length == 0 || !Prefixes.Contains(parts[0], StringComparer.Ordinal))))
            findings.Error(
                group.Place,
                "runner-group",
                $"Invalid runner group '{Suggestion.Show(group.Value)}': it is a name, with at most one prefix before it: 'org/' or 'ent/'");
    }
}
