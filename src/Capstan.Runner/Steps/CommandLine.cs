using System.Text;

namespace Capstan.Runner.Steps;

/// <summary>Splits a command as a person writes it: words at spaces, double and single quotes keep spaces, a backslash before a double quote is the quote.</summary>
internal static class CommandLine
{
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inside = false;
        var quote = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (inside) words.Add(word.ToString());
                word.Clear();
                inside = false;
                continue;
            }

            inside = true;
            if (quote == '\0' && c is '"' or '\'') quote = c;
            else if (c == quote) quote = '\0';
            else if (c == '\\' && quote != '\'' && i + 1 < text.Length && text[i + 1] == '"') word.Append(text[++i]);
            else word.Append(c);
        }

        if (inside) words.Add(word.ToString());
        return words;
    }
}
