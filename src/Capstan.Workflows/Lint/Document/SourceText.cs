using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>The file as its author sees it: lines, and where in them a part of a value stands. Not thread-safe.</summary>
internal sealed class SourceText
{
    private readonly string text;
    private readonly List<int> lineStarts = [0];

    /// <summary>How far the last walk came: findings in one long script are asked for from its beginning to its end.</summary>
    private (YamlScalar? Scalar, int Offset, int Source) walked;

    public SourceText(string text)
    {
        this.text = text.StartsWith('\uFEFF') ? text[1..] : text;
        for (var index = 0; index < this.text.Length; index++)
        {
            if (this.text[index] == '\n')
                lineStarts.Add(index + 1);
        }
    }

    /// <summary>The scalar or word at a place, to its end or the line's.</summary>
    public LintSpan SpanAt(Place place)
    {
        var start = IndexOf(place);
        if (start < 0)
            return new LintSpan(place, 0);
        var rest = text.AsSpan(start, LineEnd(start) - start);
        return new LintSpan(place, WordLength(rest));
    }

    /// <summary>
    /// A part of a scalar. Text and source are walked side by side: they differ only by what YAML adds (quotes, escapes, indentation, line ends), so the parts
    /// that are no blanks meet. Where
    /// they do not, the scalar's own place is answered.
    /// </summary>
    public LintSpan SpanIn(YamlScalar scalar, int offset, int length)
    {
        var source = ContentStart(scalar.Place);
        if (source < 0)
            return new LintSpan(scalar.Place, 0);

        var value = scalar.Text;
        var from = 0;
        if (walked.Scalar == scalar && walked.Offset <= offset)
            (from, source) = (walked.Offset, walked.Source);
        for (var index = from; index < value.Length && source < text.Length; index++)
        {
            if (char.IsWhiteSpace(value[index]) && index != offset)
                continue;
            source = SkipTo(value[index], source);
            if (source < 0)
                return new LintSpan(scalar.Place, 0);
            if (index == offset)
            {
                walked = (scalar, index, source);
                return new LintSpan(PlaceOf(source), Math.Clamp(length, 1, Math.Max(1, LineEnd(source) - source)));
            }

            source++;
        }

        return new LintSpan(scalar.Place, 0);
    }

    /// <summary>The next character that means the one wanted; negative when something else comes first.</summary>
    private int SkipTo(char wanted, int source)
    {
        // Between two characters of a value there is at most an escape, or the end of a line and the next one's indentation.
        while (source < text.Length && text[source] != wanted && (char.IsWhiteSpace(text[source]) || text[source] is '\\' or '\''))
            source++;
        return source < text.Length && text[source] == wanted ? source : -1;
    }

    /// <summary>Where a scalar's text begins: behind anchor, tag, quote or the block's header.</summary>
    private int ContentStart(Place place)
    {
        var index = IndexOf(place);
        while (index >= 0 && index < text.Length && text[index] is '&' or '!')
        {
            while (index < text.Length && !char.IsWhiteSpace(text[index]))
                index++;
            while (index < text.Length && char.IsWhiteSpace(text[index]))
                index++;
        }

        if (index < 0 || index >= text.Length)
            return -1;
        return text[index] switch
        {
            '\'' or '"' => index + 1,
            '|' or '>' => LineEnd(index),
            _ => index,
        };
    }

    private static int WordLength(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty)
            return 0;
        if (rest[0] is '\'' or '"')
        {
            var close = rest[1..].IndexOf(rest[0]);
            return close < 0 ? rest.Length : close + 2;
        }

        var end = rest.IndexOf(" #");
        if (end >= 0)
            rest = rest[..end];
        var colon = rest.IndexOf(": ");
        if (colon >= 0)
            rest = rest[..colon];
        var flow = rest.IndexOfAny(",]}");
        if (flow > 0 && !rest.Contains("${{", StringComparison.Ordinal))
            rest = rest[..flow];
        return Math.Max(1, rest.TrimEnd(" \r:").Length);
    }

    private int IndexOf(Place place)
    {
        if (!place.IsKnown || place.Line > lineStarts.Count)
            return -1;
        var index = lineStarts[place.Line - 1] + place.Column - 1;
        return index <= LineEnd(lineStarts[place.Line - 1]) ? index : -1;
    }

    private int LineEnd(int index)
    {
        var end = text.IndexOf('\n', index);
        end = end < 0 ? text.Length : end;
        return end > index && text[end - 1] == '\r' ? end - 1 : end;
    }

    private Place PlaceOf(int index)
    {
        var line = lineStarts.BinarySearch(index);
        line = line < 0 ? ~line - 1 : line;
        return new Place(line + 1, index - lineStarts[line] + 1);
    }
}
