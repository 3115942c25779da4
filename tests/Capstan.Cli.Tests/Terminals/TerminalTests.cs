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
