using System.Text.RegularExpressions;

namespace Capstan.Runner.ProblemMatchers;

/// <summary>What a line that a pattern matches says about a problem: the number of the group that says it, null when none does. 0 is the whole match.</summary>
internal sealed record ProblemGroups
{
    public int? File { get; init; }

    public int? FromPath { get; init; }

    public int? Line { get; init; }

    public int? Column { get; init; }

    public int? Severity { get; init; }

    public int? Code { get; init; }

    public int? Message { get; init; }
}

/// <summary>One pattern of a problem matcher; matches one line.</summary>
/// <param name="Loop">The last of several patterns: it goes on to match line after line, each of which is a problem.</param>
internal sealed record ProblemPattern(Regex Expression, ProblemGroups Groups, bool Loop)
{
    /// <summary>A line that takes longer counts as not matched; so that no pattern stalls a job.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>As in JavaScript, where these patterns come from.</summary>
    public const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ECMAScript;
}

/// <summary>
/// Finds problems in the output of a program: a pattern a line, one after the other. Immutable.
/// Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md
/// </summary>
/// <param name="Owner">Its name, without regard to case; a second matcher of a name replaces the first.</param>
/// <param name="Severity">Of problems whose line says none; empty: error.</param>
internal sealed record ProblemMatcher(string Owner, string Severity, IReadOnlyList<ProblemPattern> Patterns);

/// <summary>What was found. Texts are as they stand in the output; null: not said.</summary>
internal sealed record Problem(string? File, string? FromPath, string? Line, string? Column, string? Severity, string? Code, string? Message)
{
    public static readonly Problem Nothing = new(null, null, null, null, null, null, null);

    /// <summary>With what a further line says; what earlier lines said counts.</summary>
    public Problem With(ProblemGroups groups, GroupCollection found) => new(
        File ?? Text(groups.File, found),
        FromPath ?? Text(groups.FromPath, found),
        Line ?? Text(groups.Line, found),
        Column ?? Text(groups.Column, found),
        Severity ?? Text(groups.Severity, found),
        Code ?? Text(groups.Code, found),
        Message ?? Text(groups.Message, found));

    private static string? Text(int? group, GroupCollection found) => group is { } number && number < found.Count ? found[number].Value : null;
}
