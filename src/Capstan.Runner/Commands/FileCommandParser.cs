namespace Capstan.Runner.Commands;

/// <summary>What a step wrote to one of its command files.</summary>
internal abstract record FileCommandResult
{
    private FileCommandResult()
    {
    }

    /// <param name="Pairs">In file order; a later one of the same name wins.</param>
    public sealed record Parsed(IReadOnlyList<KeyValuePair<string, string>> Pairs) : FileCommandResult;

    /// <summary>The step fails with this message.</summary>
    public sealed record Invalid(string Message) : FileCommandResult;
}

/// <summary>
/// Reads <c>NAME=VALUE</c> and <c>NAME&lt;&lt;DELIMITER</c> entries, as GITHUB_ENV, GITHUB_OUTPUT and GITHUB_STATE have them. Lines end with LF or CR LF; a value of several
/// lines keeps its own line ends. Pure.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
/// </summary>
internal static class FileCommandParser
{
    public static FileCommandResult Parse(string text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        var reader = new Lines(text.StartsWith('\uFEFF') ? text[1..] : text);
        while (reader.Next() is { } line)
        {
            if (line.Length == 0) continue;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var heredoc = line.IndexOf("<<", StringComparison.Ordinal);
            if (equals >= 0 && (heredoc < 0 || equals < heredoc))
            {
                if (equals == 0) return new FileCommandResult.Invalid($"Invalid format '{line}'. Name must not be empty");
                pairs.Add(new(line[..equals], line[(equals + 1)..]));
                continue;
            }

            if (heredoc < 0) return new FileCommandResult.Invalid($"Invalid format '{line}'");
            var name = line[..heredoc];
            var delimiter = line[(heredoc + 2)..];
            if (name.Length == 0 || delimiter.Length == 0)
            {
                return new FileCommandResult.Invalid($"Invalid format '{line}'. Name must not be empty and delimiter must not be empty");
            }

            if (reader.Until(delimiter) is not { } value) return new FileCommandResult.Invalid($"Invalid value. Matching delimiter not found '{delimiter}'");
            pairs.Add(new(name, value));
        }

        return new FileCommandResult.Parsed(pairs);
    }

    /// <summary>Entries of GITHUB_PATH: a folder a line.</summary>
    public static IReadOnlyList<string> ParsePaths(string text)
    {
        var paths = new List<string>();
        var reader = new Lines(text.StartsWith('\uFEFF') ? text[1..] : text);
        while (reader.Next() is { } line)
        {
            if (line.Length > 0) paths.Add(line);
        }

        return paths;
    }

    private sealed class Lines(string text)
    {
        private int position;

        public string? Next()
        {
            if (position >= text.Length) return null;
            var end = text.IndexOf('\n', position);
            var stop = end < 0 ? text.Length : end;
            var line = text[position..(stop > position && text[stop - 1] == '\r' ? stop - 1 : stop)];
            position = end < 0 ? text.Length : end + 1;
            return line;
        }

        /// <summary>The text up to the line that is the delimiter, without its last line end; null when there is no such line.</summary>
        public string? Until(string delimiter)
        {
            var begin = position;
            while (true)
            {
                var lineStart = position;
                if (Next() is not { } line) return null;
                if (line != delimiter) continue;
                var stop = lineStart;
                if (stop > begin && text[stop - 1] == '\n') stop--;
                if (stop > begin && text[stop - 1] == '\r') stop--;
                return text[begin..stop];
            }
        }
    }
}
