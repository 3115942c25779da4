using System.Text.RegularExpressions;

namespace Capstan.Workflows.Lint;

/// <summary>What a label says about a machine; null: nothing.</summary>
/// <param name="Version">Of the system, where the label names one.</param>
/// <param name="Architecture">x64, arm or arm64.</param>
internal sealed record RunnerLabel(string? System, string? Version, string? Architecture)
{
    /// <summary>Whether no machine can have both.</summary>
    public bool Conflicts(RunnerLabel other) => Differ(System, other.System) || Differ(Version, other.Version) || Differ(Architecture, other.Architecture);

    private static bool Differ(string? left, string? right) => left is not null && right is not null && left != right;
}

/// <summary>
/// Labels that runners have without anybody's doing: those of GitHub's hosted machines, and those that every self-hosted runner gives itself.
/// Source: https://docs.github.com/en/actions/reference/runners/github-hosted-runners
/// and https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/apply-labels
/// </summary>
internal static partial class RunnerLabels
{
    public const string Linux = "linux";
    public const string Windows = "windows";
    public const string MacOS = "macos";

    private static readonly string[] Systems = [Linux, Windows, MacOS];

    private static readonly Dictionary<string, RunnerLabel> Known = Build();

    /// <summary><c>; did you mean 'x'?</c> when one is close.</summary>
    public static string Suggest(string label) => Templates.Suggestion.DidYouMean(label, Known.Keys);

    /// <returns>Null for a label that is not known.</returns>
    public static RunnerLabel? Find(string label) => Known.GetValueOrDefault(LargerMachine().Replace(label, ""));

    /// <summary>The system that a label names; null when it names none.</summary>
    public static string? SystemOf(string label)
    {
        if (Find(label) is { } known)
            return known.System;
        return label.StartsWith("ubuntu", StringComparison.OrdinalIgnoreCase)
            ? Linux
            : Array.Find(Systems, system => label.StartsWith(system, StringComparison.OrdinalIgnoreCase));
    }

    private static Dictionary<string, RunnerLabel> Build()
    {
        var labels = new Dictionary<string, RunnerLabel>(StringComparer.OrdinalIgnoreCase)
        {
            ["self-hosted"] = new(null, null, null),
            ["linux"] = new(Linux, null, null),
            ["windows"] = new(Windows, null, null),
            ["macos"] = new(MacOS, null, null),
            ["x64"] = new(null, null, "x64"),
            ["arm"] = new(null, null, "arm"),
            ["arm64"] = new(null, null, "arm64"),
            ["ubuntu-latest"] = new(Linux, null, null),
            ["ubuntu-slim"] = new(Linux, null, null),
            ["windows-latest"] = new(Windows, null, null),
            ["windows-2025-vs2026"] = new(Windows, "2025", null),
            ["windows-11-arm"] = new(Windows, "11", "arm64"),
            ["macos-latest"] = new(MacOS, null, null),
            ["macos-latest-large"] = new(MacOS, null, "x64"),
            ["macos-latest-xlarge"] = new(MacOS, null, "arm64"),
        };
        foreach (var version in (string[])["22.04", "24.04", "26.04"])
        {
            labels[$"ubuntu-{version}"] = new(Linux, version, null);
            labels[$"ubuntu-{version}-arm"] = new(Linux, version, "arm64");
        }

        foreach (var version in (string[])["2022", "2025"])
            labels[$"windows-{version}"] = new(Windows, version, null);
        foreach (var version in (string[])["14", "15", "26"])
        {
            labels[$"macos-{version}"] = new(MacOS, version, null);
            labels[$"macos-{version}-large"] = new(MacOS, version, "x64");
            labels[$"macos-{version}-intel"] = new(MacOS, version, "x64");
            labels[$"macos-{version}-xlarge"] = new(MacOS, version, "arm64");
        }

        return labels;
    }

    /// <summary><c>ubuntu-latest-8-cores</c> is a machine of the same kind.</summary>
    [GeneratedRegex("-[0-9]{1,3}-cores$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LargerMachine();
}
