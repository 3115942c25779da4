namespace Capstan.Workflows.Templates;

/// <summary>Words the hints of a message: what is allowed, and which of it was probably meant.</summary>
public static class Suggestion
{
    /// <summary>Longer texts are no typing mistakes of a keyword; comparing them would cost their square.</summary>
    private const int MaxCompared = 40;

    /// <summary>
    /// Of more names than these only the first are compared: a thousand wrong names in a file of many thousand are not to cost their product.
    /// </summary>
    private const int MaxCandidates = 500;

    /// <summary>Of the names of a file itself fewer: it may have as many mistakes as names.</summary>
    private const int MaxOwnNames = 200;

    /// <summary>More than these are not listed.</summary>
    private const int MaxListed = 24;

    /// <summary>In a message a text is cut here.</summary>
    private const int MaxShown = 80;

    /// <summary>A text as it is shown in a message.</summary>
    public static string Show(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxShown ? line : line[..MaxShown] + "…";
    }

    /// <summary><c>; allowed are: a, b</c>, or <c>; did you mean 'a'?</c> when one is close; empty when nothing is known.</summary>
    public static string For(string found, IEnumerable<string> allowed)
    {
        var known = allowed as IReadOnlyCollection<string> ?? [.. allowed.Take(MaxOwnNames)];
        if (DidYouMean(found, known.Take(MaxOwnNames)) is { Length: > 0 } meant)
            return meant;
        return known.Count is 0 or > MaxListed ? "" : $"; allowed are: {string.Join(", ", known)}";
    }

    /// <summary><c>; did you mean 'a'?</c> when one is close, else nothing: for names too many or too well known to be listed.</summary>
    public static string DidYouMean(string found, IEnumerable<string> known) => Closest(found, known) is { } close ? $"; did you mean '{close}'?" : "";

    public static string? Closest(string found, IEnumerable<string> allowed)
    {
        if (found.Length is 0 or > MaxCompared)
            return null;

        var best = 1 + Math.Max(1, found.Length / 4);
        string? closest = null;
        foreach (var candidate in allowed.Take(MaxCandidates))
        {
            if (candidate.Length > MaxCompared || Math.Abs(candidate.Length - found.Length) >= best)
                continue;
            var distance = Distance(found, candidate, Math.Min(best, found.Length));
            if (distance < best && distance < found.Length)
                (best, closest) = (distance, candidate);
        }

        return closest;
    }

    /// <summary>
    /// Edits between two texts of at most <see cref="MaxCompared"/> letters, without regard to case: insert, delete, replace, or swap two neighbours. Only what can end below the limit is
    /// looked at: most names differ in their first letters, and a file may ask for two hundred thousand comparisons.
    /// </summary>
    /// <returns>The limit when there are as many edits or more.</returns>
    private static int Distance(string left, string right, int limit)
    {
        Span<int> beforeLast = stackalloc int[right.Length + 1];
        Span<int> last = stackalloc int[right.Length + 1];
        Span<int> current = stackalloc int[right.Length + 1];
        for (var column = 0; column <= right.Length; column++)
            last[column] = column;

        var smallestBefore = 0;
        for (var row = 1; row <= left.Length; row++)
        {
            // Further from the diagonal than the limit there are only larger numbers.
            var (first, end) = (Math.Max(1, row - limit + 1), Math.Min(right.Length, row + limit - 1));
            current[first - 1] = first == 1 ? row : limit;
            var smallest = current[first - 1];
            for (var column = first; column <= end; column++)
            {
                var same = Same(left[row - 1], right[column - 1]);
                var cost = Math.Min(Math.Min(last[column] + 1, current[column - 1] + 1), last[column - 1] + (same ? 0 : 1));
                if (row > 1 && column > 1 && Same(left[row - 1], right[column - 2]) && Same(left[row - 2], right[column - 1]))
                    cost = Math.Min(cost, beforeLast[column - 2] + 1);
                current[column] = cost;
                smallest = Math.Min(smallest, cost);
            }

            if (smallest >= limit && smallestBefore >= limit)
                return limit;
            if (end < right.Length)
                current[end + 1] = limit;
            smallestBefore = smallest;

            var spare = beforeLast;
            beforeLast = last;
            last = current;
            current = spare;
        }

        return Math.Min(last[right.Length], limit);
    }

    private static bool Same(char left, char right) => char.ToLowerInvariant(left) == char.ToLowerInvariant(right);
}
