namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// Text in text, without regard to case, in time linear in both: both may be megabytes that somebody chose to be slow to search.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#contains
/// </summary>
internal static class TextSearch
{
    /// <summary>UTF-16 units. Up to here the library's vectorised search, quadratic at worst, cannot get slow.</summary>
    private const int ShortLength = 64;

    public static bool Contains(string text, string part)
    {
        if (part.Length <= ShortLength || part.Length > text.Length)
        {
            return text.Contains(part, StringComparison.OrdinalIgnoreCase);
        }

        return ContainsLong(text.ToUpperInvariant(), part.ToUpperInvariant());
    }

    /// <summary>Knuth, Morris and Pratt: no character of the text is looked at twice for the same start.</summary>
    private static bool ContainsLong(string text, string part)
    {
        var fallbacks = Fallbacks(part);
        var matched = 0;
        foreach (var character in text)
        {
            while (matched > 0 && part[matched] != character)
            {
                matched = fallbacks[matched - 1];
            }

            if (part[matched] == character && ++matched == part.Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For each prefix the length of its longest proper end that is a prefix, too.</summary>
    private static int[] Fallbacks(string part)
    {
        var fallbacks = new int[part.Length];
        var length = 0;
        for (var index = 1; index < part.Length; index++)
        {
            while (length > 0 && part[index] != part[length])
            {
                length = fallbacks[length - 1];
            }

            if (part[index] == part[length])
            {
                length++;
            }

            fallbacks[index] = length;
        }

        return fallbacks;
    }
}
