using Capstan.Runner.Masking;

namespace Capstan.Runner.Logs;

/// <summary>Takes the lines of a <see cref="LineSplitter"/>.</summary>
internal interface ILineSink
{
    /// <param name="raw">As the program wrote it: may hold secrets; only to be looked at for commands.</param>
    /// <param name="masked">For the log.</param>
    /// <param name="whole">False for a piece of a line that was too long: it cannot be a command.</param>
    void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole);

    /// <summary>All that was read has been handed on; what follows may take its time.</summary>
    void Pause();
}

/// <summary>
/// Cuts a byte stream into lines and masks them. Lines end with LF, CR LF or CR, as in GitHub's logs. Nothing is allocated for a line: lines without a secret are
/// slices of the read buffer. A line longer than <see cref="MaxLineBytes"/> comes in pieces, never cut inside a secret. Not thread-safe.
/// </summary>
internal sealed class LineSplitter(MaskSet masks, ILineSink sink, TimeProvider clock)
{
    /// <summary>The longest line in one piece: more than the 1 MiB a single output may have, so that a command on a line is whole.</summary>
    public const int MaxLineBytes = 1024 * 1024 + 4096;

    private const int FirstBuffer = 256 * 1024;
    private const int LeastSpace = 64 * 1024;

    private readonly MatchList matches = new();
    private ILineSink sink = sink;
    private byte[] buffer = new byte[FirstBuffer];
    private byte[] scratch = [];
    private int start;
    private int end;
    private int searched;
    private bool skipLineFeed;

    /// <summary>How many bytes from <see cref="start"/> on belong to a secret whose replacement was written already.</summary>
    private int maskedAhead;

    private bool insideLine;

    /// <summary>From now on lines go here. To be called between streams only.</summary>
    public void Redirect(ILineSink next) => sink = next;

    /// <summary>Where to read to next; at least 64 KiB.</summary>
    public Span<byte> Space()
    {
        if (start == end)
        {
            start = end = searched = 0;
        }

        if (buffer.Length - end < LeastSpace)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            searched -= start;
            end -= start;
            start = 0;
            if (buffer.Length - end < LeastSpace) Array.Resize(ref buffer, buffer.Length * 2);
        }

        return buffer.AsSpan(end);
    }

    /// <summary>So many bytes were read to <see cref="Space"/>: all complete lines are handed on.</summary>
    public void Advance(int count)
    {
        end += count;
        var now = clock.GetUtcNow();
        if (skipLineFeed && end > start)
        {
            if (buffer[start] == '\n') start++;
            skipLineFeed = false;
            searched = Math.Max(searched, start);
        }

        var last = buffer.AsSpan(searched, end - searched).LastIndexOfAny((byte)'\n', (byte)'\r');
        if (last >= 0)
        {
            EmitLines(searched + last + 1, now);
        }

        searched = end;
        while (end - start > MaxLineBytes + masks.Longest) EmitPiece(now);
        sink.Pause();
    }

    /// <summary>The stream has ended: what stands after the last line end is a line too.</summary>
    public void Complete()
    {
        if (end > start || insideLine)
        {
            masks.Find(buffer.AsSpan(start, end - start), matches);
            EmitMaskedTail(clock.GetUtcNow());
            sink.Pause();
        }

        start = end = searched = 0;
        skipLineFeed = false;
        maskedAhead = 0;
        insideLine = false;
        if (buffer.Length > FirstBuffer) buffer = new byte[FirstBuffer];
    }

    /// <summary>Hands on the lines up to <paramref name="limit"/>, which follows a line end.</summary>
    private void EmitLines(int limit, DateTimeOffset now)
    {
        while (start < limit)
        {
            var version = masks.Version;
            var origin = start;
            masks.Find(buffer.AsSpan(start, limit - start), matches);
            var next = 0;
            while (start < limit && masks.Version == version)
            {
                var length = buffer.AsSpan(start, limit - start).IndexOfAny((byte)'\n', (byte)'\r');
                var lineEnd = start + length;
                var raw = buffer.AsSpan(start, length);
                var whole = !insideLine;
                if (length == 0 && insideLine)
                {
                    // The line end after a piece that was the rest of its line.
                }
                else if (next >= matches.Count && maskedAhead == 0) sink.Line(now, raw, raw, whole);
                else sink.Line(now, raw, Masked(start - origin, lineEnd - origin, origin, ref next), whole);
                insideLine = false;
                maskedAhead = 0;
                start = lineEnd + 1;
                if (buffer[lineEnd] != '\r') continue;
                if (start == end) skipLineFeed = true;
                else if (buffer[start] == '\n') start++;
            }
        }
    }

    /// <summary>A line without an end in sight: hands on its first <see cref="MaxLineBytes"/>, up to where no secret can begin that is not wholly read.</summary>
    private void EmitPiece(DateTimeOffset now)
    {
        var text = buffer.AsSpan(start, end - start);
        masks.Find(text, matches);
        var cut = MaxLineBytes;
        while (cut > MaxLineBytes - 4 && (text[cut] & 0xC0) == 0x80) cut--;
        var next = 0;
        var masked = Masked(0, cut, start, ref next);
        sink.Line(now, text[..cut], masked, whole: false);
        maskedAhead = 0;
        for (var i = 0; i < matches.Count; i++)
        {
            if (matches[i].Start < cut && matches[i].End > cut) maskedAhead = matches[i].End - cut;
        }

        insideLine = true;
        start += cut;
    }

    private void EmitMaskedTail(DateTimeOffset now)
    {
        var next = 0;
        var raw = buffer.AsSpan(start, end - start);
        var masked = matches.Count == 0 && maskedAhead == 0 ? raw : Masked(0, raw.Length, start, ref next);
        if (raw.Length > 0) sink.Line(now, raw, masked, !insideLine);
    }

    /// <summary>The bytes <paramref name="from"/> to <paramref name="to"/> (counted from <paramref name="origin"/>) with their matches replaced.</summary>
    private ReadOnlySpan<byte> Masked(int from, int to, int origin, ref int next)
    {
        while (next < matches.Count && matches[next].End <= from) next++;
        if (maskedAhead == 0 && (next >= matches.Count || matches[next].Start >= to)) return buffer.AsSpan(origin + from, to - from);
        if (scratch.Length < (3 * (to - from)) + 3) scratch = new byte[(3 * (to - from)) + 3];
        var length = 0;
        var position = Math.Min(to, from + maskedAhead);
        for (; next < matches.Count && matches[next].Start < to; next++)
        {
            var (matchStart, matchEnd) = matches[next];
            if (matchEnd <= position) continue;
            if (matchStart >= position)
            {
                var plain = buffer.AsSpan(origin + position, matchStart - position);
                plain.CopyTo(scratch.AsSpan(length));
                length += plain.Length;
                "***"u8.CopyTo(scratch.AsSpan(length));
                length += MaskSet.Replacement.Length;
            }

            position = Math.Min(to, matchEnd);
            if (matchEnd > to) break;
        }

        var rest = buffer.AsSpan(origin + position, to - position);
        rest.CopyTo(scratch.AsSpan(length));
        return scratch.AsSpan(0, length + rest.Length);
    }
}
