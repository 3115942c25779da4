using System.Text;
using Capstan.Cli.Runs;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Runs;

public sealed class LogPrinterTests
{
    [Theory]
    [InlineData("2026-01-05T12:00:00.1234567Z hello", "hello\n")]
    [InlineData("2026-01-05T12:00:00Z ##[group]Run make", "▸ Run make\n")]
    [InlineData("2026-01-05T12:00:00Z ##[endgroup]", "")]
    [InlineData("2026-01-05T12:00:00Z ##[error]it broke", "Error: it broke\n")]
    [InlineData("2026-01-05T12:00:00Z \u001b[31mred\u001b[0m \u001b]0;title\u0007text", "red text\n")]
    [InlineData("2026-01-05T12:00:00Z ##[nothing", "##[nothing\n")]
    public void Without_colour_a_line_is_plain_text(string line, string expected) => Assert.Equal(expected, Print(line, colour: false));

    [Theory]
    [InlineData("\u001b[31mred\u001b[0m text", "\u001b[31mred\u001b[0m text\u001b[0m\n")]
    [InlineData("\u001b[1;38;5;208morange", "\u001b[1;38;5;208morange\u001b[0m\n")]
    [InlineData("\u001b]0;title\u0007text", "text\n")]
    [InlineData("a\u001b[2Jb", "ab\n")]
    [InlineData("a\u001b[31", "a\n")]
    public void With_colour_a_line_keeps_its_colours_and_nothing_else(string text, string expected) => Assert.Equal(expected, Print("2026-01-05T12:00:00Z " + text, colour: true));

    [Fact]
    public void Times_and_the_jobs_name_stand_before_the_line_when_they_are_wanted()
    {
        var output = new MemoryStream();
        new LogPrinter(new Terminal(output, Stream.Null, interactive: false, colour: false), withTimes: true).Print("build", "2026-01-05T12:00:00.1234567Z hello");
        Assert.Equal("build │ 12:00:00.123 hello\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    private static string Print(string line, bool colour)
    {
        var output = new MemoryStream();
        new LogPrinter(new Terminal(output, Stream.Null, interactive: false, colour), withTimes: false).Print("", line);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
