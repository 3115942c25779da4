using System.Text;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Terminals;

public sealed class TerminalTests
{
    [Fact]
    public void When_the_reader_has_gone_nothing_is_thrown_and_long_work_hears_of_it()
    {
        var gone = false;
        var terminal = new Terminal(new ClosedPipe(), Stream.Null, interactive: false, colour: false) { OutputGone = () => gone = true };

        terminal.Line("nobody reads this");

        Assert.True(gone);
    }

    [Fact]
    public void What_is_gathered_comes_in_order_before_all_else_and_at_once_when_it_is_much()
    {
        using var output = new MemoryStream();
        var terminal = new Terminal(output, Stream.Null, interactive: false, colour: false);

        terminal.GatherLine("o"u8, "ne"u8);
        Assert.Equal(0, output.Length);
        terminal.Error("a message");
        Assert.Equal("one\n", Encoding.UTF8.GetString(output.ToArray()));
        terminal.GatherLine([], "two"u8);
        terminal.Line("three");
        terminal.GatherLine([], "four"u8);
        terminal.Flush();
        terminal.Flush();
        Assert.Equal("one\ntwo\nthree\nfour\n", Encoding.UTF8.GetString(output.ToArray()));
        terminal.GatherLine([], new byte[100_000]);
        Assert.Equal(100_001 + "one\ntwo\nthree\nfour\n".Length, output.Length);
    }

    [Fact]
    public void What_is_gathered_for_a_reader_who_has_gone_keeps_no_error_from_being_seen()
    {
        using var errors = new MemoryStream();
        var terminal = new Terminal(new ClosedPipe(), errors, interactive: false, colour: false);

        terminal.GatherLine([], "nobody reads this"u8);
        terminal.Error("why");

        Assert.Equal("why\n", Encoding.UTF8.GetString(errors.ToArray()));
    }

    [Fact]
    public void Without_colour_painted_text_is_plain()
    {
        Assert.Equal("text", new Terminal(Stream.Null, Stream.Null, interactive: false, colour: false).Paint(Tone.Bad, "text"));
        Assert.Equal("\u001b[31mtext\u001b[0m", new Terminal(Stream.Null, Stream.Null, interactive: false, colour: true).Paint(Tone.Bad, "text"));
    }

    /// <summary>A pipe whose other end is closed.</summary>
    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", DescriptorStream.BrokenPipe);
    }
}
