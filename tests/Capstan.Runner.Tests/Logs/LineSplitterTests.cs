using System.Text;
using Capstan.Runner.Logs;
using Capstan.Runner.Masking;
using Xunit;

namespace Capstan.Runner.Tests.Logs;

public sealed class LineSplitterTests
{
    private readonly MaskSet masks = new();

    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb\rc\n\nd", "a|b|c||d")]
    [InlineData("no end", "no end")]
    [InlineData("a\n\r\n", "a|")]
    public void Lines_end_with_LF_CRLF_or_CR_wherever_the_stream_is_cut(string text, string expected)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var sink = Split(Encoding.UTF8.GetBytes(text), size);
            Assert.Equal(expected.Split('|'), sink.Lines);
            Assert.All(sink.Whole, Assert.True);
        }
    }

    [Fact]
    public void A_line_that_is_too_long_comes_in_pieces_that_are_no_commands_and_loses_nothing()
    {
        var text = new string('é', 3 * LineSplitter.MaxLineBytes / 2) + "\nnext\n";
        var sink = Split(Encoding.UTF8.GetBytes(text), 60_000);

        Assert.Equal(text, string.Concat(sink.Lines[..^1]) + "\n" + sink.Lines[^1] + "\n");
        Assert.All(sink.Lines, line => Assert.True(Encoding.UTF8.GetByteCount(line) <= LineSplitter.MaxLineBytes));
        Assert.Equal("next", sink.Lines[^1]);
        Assert.True(sink.Whole[^1]);
        Assert.DoesNotContain(true, sink.Whole.Take(sink.Whole.Count - 1));
    }

    [Theory]
    [InlineData("one\ntwo\nrest", 6)]
    [InlineData("one\n", 1)]
    [InlineData("no end", 100)]
    public void After_the_lines_of_each_read_comes_a_pause(string text, int size)
    {
        var sink = Split(Encoding.UTF8.GetBytes(text), size);

        Assert.NotEmpty(sink.Lines);
        Assert.Equal(sink.Lines.Count, sink.LinesAtLastPause);
    }

    [Fact]
    public void A_secret_at_the_border_of_two_pieces_is_masked_once()
    {
        masks.Add("the-secret-value");
        for (var before = LineSplitter.MaxLineBytes - 20; before <= LineSplitter.MaxLineBytes + 3; before++)
        {
            var text = new string('x', before) + "the-secret-value" + new string('y', 100_000) + "\n";
            var sink = Split(Encoding.UTF8.GetBytes(text), 64 * 1024);
            Assert.Equal(new string('x', before) + "***" + new string('y', 100_000), string.Concat(sink.Lines));
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_pass_unchanged()
    {
        var bytes = new byte[] { 0, 1, 0xFF, 0xFE, (byte)'a', 0xC3, (byte)'\n', 0x80, (byte)'\n' };
        var sink = Split(bytes, 2);

        Assert.Equal([bytes[..6], [0x80]], sink.Bytes);
    }

    [Fact]
    public void A_gigabyte_without_a_line_end_needs_no_more_memory_than_a_megabyte()
    {
        var sink = new CountingSink();
        var splitter = new LineSplitter(masks, sink, TimeProvider.System);
        masks.Add("a-secret-that-never-comes");
        Feed(splitter, 1L << 23);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(splitter, 1L << 30);
        splitter.Complete();

        Assert.Equal((1L << 30) + (1L << 23), sink.Total);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4_000_000);
    }

    private static void Feed(LineSplitter splitter, long count)
    {
        while (count > 0)
        {
            var space = splitter.Space();
            var length = (int)Math.Min(count, space.Length);
            space[..length].Fill((byte)'x');
            splitter.Advance(length);
            count -= length;
        }
    }

    private Sink Split(byte[] bytes, int size)
    {
        var sink = new Sink();
        var splitter = new LineSplitter(masks, sink, TimeProvider.System);
        for (var position = 0; position < bytes.Length; position += size)
        {
            var length = Math.Min(size, bytes.Length - position);
            bytes.AsSpan(position, length).CopyTo(splitter.Space());
            splitter.Advance(length);
        }

        splitter.Complete();
        return sink;
    }

    private sealed class Sink : ILineSink
    {
        public int LinesAtLastPause { get; private set; }

        public void Pause() => LinesAtLastPause = Bytes.Count;

        public List<byte[]> Bytes { get; } = [];

        public List<bool> Whole { get; } = [];

        public List<string> Lines => [.. Bytes.Select(Encoding.UTF8.GetString)];

        public void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole)
        {
            Bytes.Add(masked.ToArray());
            Whole.Add(whole);
        }
    }

    private sealed class CountingSink : ILineSink
    {
        public void Pause()
        {
        }

        public long Total { get; private set; }

        public void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole) => Total += masked.Length;
    }
}
