using System.Text.Json;
using System.Text.Json.Serialization;

namespace Capstan.Server.Logs;

/// <summary>Where each stream lies in an archived log (an object, or the bytes of the row), and where some of its lines begin. The form of <c>actions_log_archives.index</c>; immutable.</summary>
public sealed record ArchiveIndex(IReadOnlyList<ArchivedStream> Streams)
{
    /// <summary>
    /// A line's place is noted when this many bytes have passed since the last note: however long lines are, a read scans at most this much in vain, and the
    /// index of the largest log (1 GiB) has 16,384 notes.
    /// </summary>
    public const int BytesPerMark = 64 * 1024;

    /// <exception cref="JsonException">It is not the form that <see cref="ToJson"/> writes.</exception>
    public static ArchiveIndex Parse(string json) => JsonSerializer.Deserialize(json, ArchiveIndexJson.Default.ArchiveIndex)!;

    public string ToJson() => JsonSerializer.Serialize(this, ArchiveIndexJson.Default.ArchiveIndex);

    public ArchivedStream? Find(int stream) => Streams.FirstOrDefault(candidate => candidate.Stream == stream);
}

/// <param name="Offset">Where it begins in the archive.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Lines">Line ends in it.</param>
/// <param name="Marks">Pairs: a line (from 0) and the byte of the stream at which it begins. Ascending; line 0 is not noted.</param>
public sealed record ArchivedStream(int Stream, long Offset, long Length, long Lines, bool LimitReached, IReadOnlyList<long> Marks)
{
    /// <summary>The last noted line that is not after <paramref name="line"/>.</summary>
    public (long Line, long Byte) MarkBefore(long line)
    {
        int low = 0, high = Marks.Count / 2;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Marks[middle * 2] <= line)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? (0, 0) : (Marks[(low * 2) - 2], Marks[(low * 2) - 1]);
    }
}

/// <summary>Notes the places of lines while a stream's bytes pass by. Not thread-safe.</summary>
internal sealed class LineMarker
{
    private readonly List<long> marks = [];
    private long lastMark;

    public long Length { get; private set; }

    public long Lines { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // Up to the next note only the number of line ends matters, and counting them is vectorised; looking for one is done once per note.
            var quiet = (int)Math.Clamp(lastMark + ArchiveIndex.BytesPerMark - Length, 0, bytes.Length);
            Pass(bytes[..quiet]);
            bytes = bytes[quiet..];
            var end = bytes.IndexOf((byte)'\n');
            Pass(end < 0 ? bytes : bytes[..(end + 1)]);
            if (end < 0)
                return;
            bytes = bytes[(end + 1)..];
            lastMark = Length;
            marks.Add(Lines);
            marks.Add(Length);
        }
    }

    public ArchivedStream Finish(int stream, long offset, bool limitReached) => new(stream, offset, Length, Lines, limitReached, marks);

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        Lines += bytes.Count((byte)'\n');
        Length += bytes.Length;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ArchiveIndex))]
internal sealed partial class ArchiveIndexJson : JsonSerializerContext;
