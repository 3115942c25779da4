namespace Capstan.Conformance;

/// <summary>
/// <c>known-failures.txt</c>: a line a case, <c>corpus id # reason</c>; empty lines and lines that begin with # do not count. Only the test reads it; the
/// program shows every failure.
/// </summary>
public static class KnownFailures
{
    /// <exception cref="FormatException">A line is not of that form: a failure without a reason is not accepted.</exception>
    public static IReadOnlySet<string> Read(string corpus)
    {
        using var stream = typeof(KnownFailures).Assembly.GetManifestResourceStream("known-failures.txt")!;
        using var reader = new StreamReader(stream);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var separator = line.IndexOf(" # ", StringComparison.Ordinal);
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (separator <= space)
            {
                throw new FormatException($"known-failures.txt: '{line}' is not of the form: corpus id # reason");
            }

            if (line.AsSpan(0, space).SequenceEqual(corpus))
            {
                ids.Add(line[(space + 1)..separator]);
            }
        }

        return ids;
    }
}
