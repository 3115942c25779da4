using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Capstan.Runner.ProblemMatchers;

/// <summary>What stands in a file of problem matchers.</summary>
/// <param name="Mistakes">All of them; with any, no matcher of the file is used.</param>
internal sealed record MatcherFileContent(IReadOnlyList<ProblemMatcher> Matchers, IReadOnlyList<string> Mistakes);

/// <summary>
/// Reads files of problem matchers. Properties that are not known are left alone: files are written for editors, too. Pure.
/// Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md
/// </summary>
internal static class MatcherFile
{
    private static readonly string[] Severities = ["", "error", "warning", "notice"];

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Stands for an expression that cannot be read, while the rest of its file is looked at.</summary>
    private static readonly Regex Unread = new("", ProblemPattern.Options, ProblemPattern.Limit);

    /// <summary>The properties that name a group.</summary>
    private static readonly (string Name, Func<ProblemGroups, int, ProblemGroups> Set)[] GroupProperties =
    [
        ("file", (groups, number) => groups with { File = number }),
        ("fromPath", (groups, number) => groups with { FromPath = number }),
        ("line", (groups, number) => groups with { Line = number }),
        ("column", (groups, number) => groups with { Column = number }),
        ("severity", (groups, number) => groups with { Severity = number }),
        ("code", (groups, number) => groups with { Code = number }),
        ("message", (groups, number) => groups with { Message = number }),
    ];

    public static MatcherFileContent Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            return new MatcherFileContent([], [$"it is no JSON: {error.Message}"]);
        }
    }

    private static MatcherFileContent Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return new MatcherFileContent([], ["it must be an object with the property 'problemMatcher'"]);
        if (!root.TryGetProperty("problemMatcher", out var list)) return new MatcherFileContent([], []);
        if (list.ValueKind != JsonValueKind.Array) return new MatcherFileContent([], ["'problemMatcher' must be a list of matchers"]);
        var mistakes = new List<string>();
        var matchers = new List<ProblemMatcher>();
        var owners = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var element in list.EnumerateArray())
        {
            if (Matcher(element, mistakes) is not { } matcher) continue;
            if (!owners.Add(matcher.Owner)) mistakes.Add($"Duplicate owner name '{matcher.Owner}'");
            matchers.Add(matcher);
        }

        return new MatcherFileContent(matchers, mistakes);
    }

    private static ProblemMatcher? Matcher(JsonElement element, List<string> mistakes)
    {
        if (element.ValueKind != JsonValueKind.Object || TextOf(element, "owner") is not { Length: > 0 } owner)
        {
            mistakes.Add("Owner must not be empty");
            return null;
        }

        var severity = TextOf(element, "severity") ?? "";
        if (!Severities.Contains(severity, StringComparer.OrdinalIgnoreCase))
        {
            mistakes.Add($"Matcher '{owner}' contains unexpected default severity '{severity}': it may be error, warning or notice");
        }

        if (!element.TryGetProperty("pattern", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            mistakes.Add($"Matcher '{owner}' does not contain any patterns: 'pattern' must be a list with one or more");
            return null;
        }

        var set = new HashSet<string>(StringComparer.Ordinal);
        var patterns = new List<ProblemPattern>();
        var count = list.GetArrayLength();
        foreach (var item in list.EnumerateArray())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"Matcher '{owner}', pattern {patterns.Count + 1}: ");
            patterns.Add(Pattern(item, patterns.Count, count, set, mistake => mistakes.Add(place + mistake)));
        }

        if (!set.Contains("message")) mistakes.Add($"Matcher '{owner}': at least one pattern must set 'message'");
        return new ProblemMatcher(owner, severity, patterns);
    }

    /// <param name="set">The properties that this or an earlier pattern of the matcher has set.</param>
    private static ProblemPattern Pattern(JsonElement element, int index, int count, HashSet<string> set, Action<string> mistake)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            mistake("it must be an object with the property 'regexp'");
            return new ProblemPattern(Unread, new ProblemGroups(), Loop: false);
        }

        var expression = Expression(TextOf(element, "regexp") ?? "", mistake);
        var groups = new ProblemGroups();
        var present = expression.GetGroupNumbers().Length;
        foreach (var (name, with) in GroupProperties)
        {
            if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) continue;
            if (!set.Add(name)) mistake($"The property '{name}' is set twice");
            var range = $"the expression has the groups 0 to {present - 1}";
            if (NumberOf(value) is not { } number) mistake($"The property '{name}' must be the number of a group, and is {value.GetRawText()}: {range}");
            else if (number < 0 || number >= present) mistake($"The property '{name}' is set to {number} which is out of range: {range}");
            else groups = with(groups, number);
        }

        var loop = element.TryGetProperty("loop", out var flag) && flag.ValueKind == JsonValueKind.True;
        if (loop && (index == 0 || index < count - 1)) mistake("Only the last pattern in a multiline matcher may set 'loop'");
        if (loop && groups.Message is null) mistake("The loop pattern must set 'message'");
        return new ProblemPattern(expression, groups, loop);
    }

    private static Regex Expression(string text, Action<string> mistake)
    {
        try
        {
            return new Regex(text, ProblemPattern.Options, ProblemPattern.Limit);
        }
        catch (ArgumentException error)
        {
            mistake($"The regular expression cannot be read: {error.Message}");
            return Unread;
        }
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? NumberOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out var number) => number,
        JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}
