namespace Capstan.Cli.LocalRuns;

/// <summary>
/// Reads secrets from a file: <c>NAME=VALUE</c> a line, <c>NAME&lt;&lt;END</c> before a value of several lines, empty lines and lines with <c>#</c> in front
/// left out. Quotes around a whole value are taken off.
/// </summary>
internal static class SecretFile
{
    /// <exception cref="CommandException">The file cannot be read, or a line is of no known form.</exception>
    public static IEnumerable<KeyValuePair<string, string>> Read(string file)
    {
        var lines = ReadLines(file);
        for (var at = 0; at < lines.Length; at++)
        {
            var line = lines[at];
            if (string.IsNullOrWhiteSpace(line) || line.StartsWith('#'))
            {
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var block = line.IndexOf("<<", StringComparison.Ordinal);
            if (block > 0 && (equals < 0 || block < equals))
            {
                var end = Array.IndexOf(lines, line[(block + 2)..].Trim(), at + 1);
                if (end < 0)
                {
                    throw CommandException.Usage($"{file}, line {at + 1}: the line '{line[(block + 2)..].Trim()}' that ends this value is missing.");
                }

                yield return new(line[..block].Trim(), string.Join('\n', lines[(at + 1)..end]));
                at = end;
            }
            else if (equals > 0)
            {
                yield return new(line[..equals].Trim(), Unquoted(line[(equals + 1)..].Trim()));
            }
            else
            {
                throw CommandException.Usage($"{file}, line {at + 1}: not of the form NAME=VALUE.");
            }
        }
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"The secret file cannot be read: {e.Message}");
        }
    }

    private static string Unquoted(string value) => value is ['"', .., '"'] or ['\'', .., '\''] ? value[1..^1] : value;
}
