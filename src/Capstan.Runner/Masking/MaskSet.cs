using System.Text;

namespace Capstan.Runner.Masking;

/// <summary>
/// The secrets of one job and finding them in bytes. No pattern holds a line end (a secret of several lines is a pattern a line), so lines can be masked one by one.
/// Safe for several threads; a secret added counts from the next search on.
/// </summary>
/// <remarks>
/// The search is Wu and Manber's: a table says for each pair of bytes how far the window may jump, so that ordinary text is passed at several bytes a look-up,
/// however many patterns there are. It finds every occurrence, overlapping ones too: replacing only the leftmost would let parts of a second secret through.
/// </remarks>
public sealed class MaskSet
{
    /// <summary>What stands for a secret in a log.</summary>
    public const string Replacement = "***";

    /// <summary>Longer patterns are cut into several of this length: a search must be able to look back over a whole pattern.</summary>
    public const int MaxPatternBytes = 64 * 1024;

    /// <summary>The jump table's cells are bytes; longer windows bring nothing more.</summary>
    private const int LongestWindow = 64;

    private readonly Lock gate = new();
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly List<byte[]> patterns = [];
    private readonly Dictionary<ushort, List<byte[]>> candidates = [];
    private readonly bool[] singles = new bool[256];
    private byte[]? jumps;
    private int window;
    private bool anySingle;
    private int version;
    private int longest;

    /// <summary>Rises with every pattern added.</summary>
    public int Version => Volatile.Read(ref version);

    /// <summary>The length of the longest pattern in bytes, 0 without any.</summary>
    public int Longest => Volatile.Read(ref longest);

    /// <summary>Adds a secret with all the forms in which it may be written; see <see cref="MaskForms"/>. Blank texts are ignored: they would mask everything.</summary>
    public void Add(string secret)
    {
        if (secret.Length == 0) return;
        lock (gate)
        {
            // The shortest first: a pattern that is shorter than all before it makes the table anew.
            foreach (var form in MaskForms.Of(secret).OrderBy(form => form.Length)) AddForm_NeedsLock(form);
        }
    }

    /// <summary>The text with every secret in it replaced.</summary>
    public string Mask(string text)
    {
        if (Longest == 0 || text.Length == 0) return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        var matches = new MatchList();
        Find(bytes, matches);
        if (matches.Count == 0) return text;
        var result = new List<byte>(bytes.Length);
        var position = 0;
        for (var i = 0; i < matches.Count; i++)
        {
            result.AddRange(bytes.AsSpan(position, matches[i].Start - position));
            result.AddRange("***"u8);
            position = matches[i].End;
        }

        result.AddRange(bytes.AsSpan(position));
        return Encoding.UTF8.GetString(result.ToArray());
    }

    /// <summary>Fills <paramref name="matches"/> with the places of all secrets, in order; overlapping and touching ones are one.</summary>
    public void Find(ReadOnlySpan<byte> text, MatchList matches)
    {
        matches.Clear();
        lock (gate)
        {
            if (jumps is not null) FindWindows_NeedsLock(text, matches);
            if (anySingle) AddSingles_NeedsLock(text, matches);
        }
    }

    private void FindWindows_NeedsLock(ReadOnlySpan<byte> text, MatchList matches)
    {
        var table = jumps!;
        var last = window - 1;
        var position = last;
        while (position < text.Length)
        {
            var pair = (ushort)((text[position - 1] << 8) | text[position]);
            var jump = table[pair];
            if (jump != 0)
            {
                position += jump;
                continue;
            }

            var start = position - last;
            var rest = text[start..];
            foreach (var pattern in candidates[pair])
            {
                if (rest.StartsWith(pattern)) matches.Add(start, start + pattern.Length);
            }

            position++;
        }
    }

    private void AddSingles_NeedsLock(ReadOnlySpan<byte> text, MatchList matches)
    {
        var others = matches.ToArray();
        var next = 0;
        matches.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            if (next < others.Length && others[next].Start == i) matches.Add(others[next].Start, others[next++].End);
            if (singles[text[i]]) matches.Add(i, i + 1);
        }
    }

    private void AddForm_NeedsLock(string form)
    {
        if (form.Length == 0 || !known.Add(form)) return;
        var bytes = Encoding.UTF8.GetBytes(form);
        for (var start = 0; start < bytes.Length; start += MaxPatternBytes)
        {
            AddPattern_NeedsLock(bytes[start..Math.Min(bytes.Length, start + MaxPatternBytes)]);
        }
    }

    private void AddPattern_NeedsLock(byte[] pattern)
    {
        if (pattern.Length == 1)
        {
            singles[pattern[0]] = true;
            anySingle = true;
        }
        else
        {
            patterns.Add(pattern);
            var length = Math.Min(pattern.Length, LongestWindow);
            if (jumps is null || length < window) Rebuild_NeedsLock(length);
            else Enter_NeedsLock(pattern);
        }

        if (pattern.Length > longest) Volatile.Write(ref longest, pattern.Length);
        Volatile.Write(ref version, version + 1);
    }

    private void Rebuild_NeedsLock(int length)
    {
        window = length;
        jumps ??= new byte[65536];
        jumps.AsSpan().Fill((byte)(length - 1));
        candidates.Clear();
        foreach (var pattern in patterns) Enter_NeedsLock(pattern);
    }

    private void Enter_NeedsLock(byte[] pattern)
    {
        for (var i = 1; i < window; i++)
        {
            var pair = (ushort)((pattern[i - 1] << 8) | pattern[i]);
            var jump = (byte)(window - 1 - i);
            if (jump < jumps![pair]) jumps[pair] = jump;
            if (jump != 0) continue;
            if (!candidates.TryGetValue(pair, out var list)) candidates[pair] = list = [];
            list.Add(pattern);
        }
    }
}

/// <summary>Places in a text, in order and apart from each other. Reused between searches. Not thread-safe.</summary>
public sealed class MatchList
{
    private (int Start, int End)[] items = new (int Start, int End)[16];

    public int Count { get; private set; }

    public (int Start, int End) this[int index] => items[index];

    /// <summary>Adds a place that does not start before the last one added; one that overlaps or touches it makes it longer.</summary>
    public void Add(int start, int end)
    {
        if (Count > 0 && start <= items[Count - 1].End)
        {
            if (end > items[Count - 1].End) items[Count - 1].End = end;
            return;
        }

        if (Count == items.Length) Array.Resize(ref items, Count * 2);
        items[Count++] = (start, end);
    }

    public void Clear() => Count = 0;

    public (int Start, int End)[] ToArray() => items[..Count];
}
