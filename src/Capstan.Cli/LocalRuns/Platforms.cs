using System.Runtime.InteropServices;
using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns;

/// <summary>Where a job with certain labels can run on this machine.</summary>
internal abstract record Platform
{
    private Platform()
    {
    }

    public sealed record Host : Platform;

    public sealed record Docker(string Image) : Platform;

    /// <param name="Why">For people.</param>
    public sealed record None(string Why) : Platform;
}

/// <summary>
/// Maps labels to platforms: first what the command line says, then by name. Every label is this host but those that name another system or processor.
/// </summary>
internal sealed class Platforms
{
    /// <summary>Null: the command line says nothing.</summary>
    private readonly List<(HashSet<string> Labels, Platform Platform)>? given;

    /// <param name="mappings">From a label, or several with commas between, to <c>host</c> or <c>docker:IMAGE</c>.</param>
    public Platforms(List<KeyValuePair<string, string>> mappings) => given = mappings.Count == 0 ? null : Read(mappings);

    private static List<(HashSet<string> Labels, Platform Platform)> Read(List<KeyValuePair<string, string>> mappings)
    {
        var given = new List<(HashSet<string> Labels, Platform Platform)>();
        foreach (var (labels, place) in mappings)
        {
            var set = labels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.OrdinalIgnoreCase);
            given.Add((set, place == "host" ? new Platform.Host() : new Platform.Docker(place["docker:".Length..])));
        }

        return given;
    }

    /// <summary>The mapping that names all of the labels wins, the later one first; then one that names any of them.</summary>
    public Platform Find(IReadOnlyList<string> labels) => (given is null ? null : Find(given, labels)) ?? ByName(labels);

    private static Platform? Find(List<(HashSet<string> Labels, Platform Platform)> given, IReadOnlyList<string> labels)
    {
        for (var at = given.Count - 1; at >= 0; at--)
        {
            if (given[at].Labels.SetEquals(labels))
            {
                return given[at].Platform;
            }
        }

        for (var at = given.Count - 1; at >= 0; at--)
        {
            if (given[at].Labels.Count == 1 && given[at].Labels.Overlaps(labels))
            {
                return given[at].Platform;
            }
        }

        return null;
    }

    private static Platform ByName(IReadOnlyList<string> labels)
    {
        foreach (var label in labels)
        {
            if (Foreign(label) is { } foreign)
            {
                return new Platform.None($"runs-on wants {string.Join(", ", labels)}, and {foreign}. Map it with --platform {labels[0]}=host if it can run here.");
            }
        }

        return new Platform.Host();
    }

    /// <summary>Why a label cannot mean this host; null when it can.</summary>
    private static string? Foreign(string label)
    {
        if (Names(label, "windows"))
        {
            return "this machine runs Linux, not Windows";
        }

        if (Names(label, "macos"))
        {
            return "this machine runs Linux, not macOS";
        }

        return (Names(label, "arm64") || Names(label, "arm")) && RuntimeInformation.OSArchitecture != Architecture.Arm64
            ? "this machine has no ARM processor"
            : null;
    }

    /// <summary>The word stands in the label as a part between dashes: <c>windows-2022</c>, <c>ubuntu-24.04-arm</c>.</summary>
    private static bool Names(string label, string word) => Array.Exists(TextParts.Of(label.Replace('_', '-'), '-'), part => part.Equals(word, StringComparison.OrdinalIgnoreCase));
}
