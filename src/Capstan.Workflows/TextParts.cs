namespace Capstan.Workflows;

/// <summary>The parts of a text between separators, for the code that every run comes to: what .NET divides texts with takes 2 ms of a short run to load.</summary>
public static class TextParts
{
    /// <summary>As <see cref="string.Split(char, StringSplitOptions)"/>: one part more than there are separators.</summary>
    public static string[] Of(string text, char separator)
    {
        var count = 1;
        foreach (var letter in text)
        {
            if (letter == separator)
            {
                count++;
            }
        }

        if (count == 1)
        {
            return [text];
        }

        var parts = new string[count];
        var begin = 0;
        var at = 0;
        for (var end = 0; end <= text.Length; end++)
        {
            if (end == text.Length || text[end] == separator)
            {
                parts[at++] = text[begin..end];
                begin = end + 1;
            }
        }

        return parts;
    }
}
