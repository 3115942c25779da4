using System.Globalization;
using Capstan.Workflows.Schema;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The image that a job leaves behind: its version is a major number and a star, its condition an expression.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsnapshot
/// </summary>
internal static class SnapshotCheck
{
    private const string AnyMinor = ".*";

    public static void Run(TemplateToken? snapshot, Findings findings)
    {
        if (snapshot is not MappingToken mapping)
            return;
        if (mapping.Find("version").Text() is { } version && !IsVersion(version))
            findings.Error(mapping.Place, "snapshot", $"Expected format '{{major-version}}.*' Actual '{Suggestion.Show(version)}'");
        ConditionReader.Read(mapping.Find("if"), Availability.SnapshotIf, findings);
    }

    private static bool IsVersion(string version) => version.EndsWith(AnyMinor, StringComparison.Ordinal)
        && int.TryParse(version.AsSpan(0, version.Length - AnyMinor.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
