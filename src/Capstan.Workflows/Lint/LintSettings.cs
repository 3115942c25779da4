using System.Text.RegularExpressions;

namespace Capstan.Workflows.Lint;

/// <summary>What a repository says about itself: what the linter cannot know. Immutable.</summary>
public sealed record LintSettings
{
    public static LintSettings Default { get; } = new();

    /// <summary>Labels of the repository's own runners, as patterns with <c>*</c> and <c>?</c>.</summary>
    public IReadOnlyList<string> RunnerLabels { get; init; } = [];

    /// <summary>The names in the <c>vars</c> context; null when nothing is said about them.</summary>
    public IReadOnlyList<string>? ConfigurationVariables { get; init; }

    /// <summary>Findings that are not wanted.</summary>
    public IReadOnlyList<IgnoredFindings> Ignored { get; init; } = [];

    /// <summary>A finding is dropped when one of them matches its message.</summary>
    /// <param name="path">Of the file, relative to the repository's root.</param>
    internal IReadOnlyList<Regex> IgnoredIn(string path) => [.. Ignored.Where(ignored => ignored.Paths.IsMatch(path)).SelectMany(ignored => ignored.Messages)];
}

/// <param name="Paths">Which files.</param>
/// <param name="Messages">A finding is dropped when one of them matches its message.</param>
public sealed record IgnoredFindings(Regex Paths, IReadOnlyList<Regex> Messages);
