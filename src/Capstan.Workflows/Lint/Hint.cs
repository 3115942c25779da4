using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Lint;

/// <summary>The end of a message: what is there, or what was meant.</summary>
internal static class Hint
{
    public static string For(string found, IEnumerable<string> known) => Suggestion.For(found, known);

    public static string Show(string text) => Suggestion.Show(text);

    /// <summary><c>a, b and c</c>.</summary>
    public static string List(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}";
}
