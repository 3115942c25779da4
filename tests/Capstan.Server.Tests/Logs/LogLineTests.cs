using Capstan.Server.Logs;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LogLineTests
{
    [Theory]
    [InlineData("2026-05-01T10:00:00.1234567Z hello world", "hello world")]
    [InlineData("2026-05-01T10:00:00Z hello", "hello")]
    [InlineData("2026-05-01T10:00:00.123Z", "")]
    [InlineData("2026-05-01T10:00:00Z ", "")]
    public void A_line_is_a_time_and_a_text(string line, string text)
    {
        var parsed = LogLine.Parse(line);
        Assert.Equal(text, parsed.Text);
        Assert.Equal(new DateTimeOffset(2026, 5, 1, 10, 0, 0, TimeSpan.Zero), parsed.Time!.Value.AddTicks(-(parsed.Time.Value.Ticks % TimeSpan.TicksPerSecond)));
    }

    [Theory]
    [InlineData("hello world")]
    [InlineData("12 monkeys")]
    [InlineData("")]
    [InlineData("2026 was good")]
    public void A_line_without_a_time_is_all_text(string line) => Assert.Equal(new LogLine(null, line), LogLine.Parse(line));

    [Theory]
    [InlineData("plain\ttext", "plain\ttext")]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b[38;5;196mred\u001b[m x", "red x")]
    [InlineData("\u001b]8;;https://example.org\u0007link\u001b]8;;\u0007", "link")]
    [InlineData("\u001b]0;title\u001b\\text", "text")]
    [InlineData("\u001b[2K\rprogress", "progress")]
    [InlineData("broken\u001b", "broken")]
    [InlineData("broken\u001b[31", "broken")]
    [InlineData("bell\u0007", "bell")]
    public void Colours_links_and_other_escapes_are_left_out_of_plain_text(string text, string plain) => Assert.Equal(plain, new LogLine(null, text).PlainText());
}
