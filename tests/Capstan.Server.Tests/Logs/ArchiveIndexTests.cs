using System.Text;
using System.Text.Json;
using Capstan.Server.Logs;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class ArchiveIndexTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(70_000)]
    [InlineData(1_000_000)]
    public void Every_mark_is_the_beginning_of_its_line_wherever_the_pieces_were_cut(int pieceLength)
    {
        var lines = Enumerable.Range(0, 20_000).Select(number => new string('x', number % 97) + number).ToArray();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        var stream = Mark(bytes, pieceLength);
        Assert.Equal(bytes.Length, stream.Length);
        Assert.Equal(lines.Length, stream.Lines);
        Assert.Equal(bytes.Length / ArchiveIndex.BytesPerMark, stream.Marks.Count / 2);
        for (var i = 0; i < stream.Marks.Count; i += 2)
        {
            Assert.Equal((byte)'\n', bytes[stream.Marks[i + 1] - 1]);
            Assert.Equal(stream.Marks[i], bytes.AsSpan(0, (int)stream.Marks[i + 1]).Count((byte)'\n'));
        }
    }

    [Fact]
    public void A_line_is_found_at_most_one_mark_away()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(number => $"line {number}\n")));
        var stream = Mark(bytes, 4096);
        foreach (var wanted in new[] { 0, 1, 7_000, 7_001, 25_000, 49_999 })
        {
            var (line, offset) = stream.MarkBefore(wanted);
            Assert.InRange(wanted, line, line + (ArchiveIndex.BytesPerMark / 6));
            Assert.StartsWith($"line {line}\n", Encoding.UTF8.GetString(bytes.AsSpan((int)offset, 20)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_stream_without_line_ends_has_no_marks()
    {
        var stream = Mark(new byte[500_000], 1000);
        Assert.Empty(stream.Marks);
        Assert.Equal(0, stream.Lines);
        Assert.Equal((0, 0), stream.MarkBefore(3));
    }

    [Fact]
    public void The_stored_form_is_read_back()
    {
        var stream = Mark(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("abc\n", 40_000))), 4096);
        var json = JsonSerializer.Serialize(new ArchiveIndex([stream]), ArchiveIndexJson.Default.ArchiveIndex);
        var read = JsonSerializer.Deserialize(json, ArchiveIndexJson.Default.ArchiveIndex)!;
        Assert.Equal(stream.Marks, read.Find(3)!.Marks);
        Assert.Null(read.Find(4));
    }

    private static ArchivedStream Mark(byte[] bytes, int pieceLength)
    {
        var marker = new LineMarker();
        foreach (var piece in bytes.Chunk(pieceLength))
            marker.Append(piece);
        return marker.Finish(3, 0, limitReached: false);
    }
}
