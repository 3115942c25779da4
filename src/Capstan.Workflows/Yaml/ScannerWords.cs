namespace Capstan.Workflows.Yaml;

/// <summary>What the scanner of the library says about a text, in words that tell an author what to do.</summary>
internal static class ScannerWords
{
    /// <summary>A part of the scanner's message, and ours instead of it. The first that fits counts.</summary>
    private static readonly (string Theirs, string Ours)[] Words =
    [
        ("found invalid mapping", "a text without quotes cannot hold ': '; put the whole value in quotes"),
        ("mapping values are not allowed", "a key cannot stand here; is the indentation right, or does a text with ': ' lack its quotes?"),
        ("scanning a quoted scalar, found unexpected end", "the quote that begins here is not closed"),
        ("quoted scalar, found wrong indentation", "the quote that begins here is not closed on its line, and the next lines are not indented as its text would be"),
        ("scanning a quoted scalar, found unexpected document indicator", "the quote that begins here is not closed"),
        ("cannot start any token", "a text cannot begin with this character; put the whole value in quotes"),
        ("could not find expected ':'", "a key lacks its ':', or a text its quotes"),
    ];

    private const string Continued = "this line goes on with the text of the line before; is its indentation right?";

    /// <summary>The end of a sentence.</summary>
    /// <param name="isContinued">The refused text stands on a later line than what was read last.</param>
    public static string Of(string message, bool isContinued)
    {
        if (isContinued && message.Contains("found invalid mapping", StringComparison.Ordinal))
            return Continued;
        foreach (var (theirs, ours) in Words)
        {
            if (message.Contains(theirs, StringComparison.OrdinalIgnoreCase))
                return ours;
        }

        return message.Length == 0 ? "it cannot be read" : char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');
    }
}
