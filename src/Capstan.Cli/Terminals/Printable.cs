namespace Capstan.Cli.Terminals;

/// <summary>Other people's words (titles, names, messages) made harmless for a terminal: a commit's subject may hold escape sequences.</summary>
internal static class Printable
{
    /// <summary>The text on one line, each control character a replacement character.</summary>
    public static string Of(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
