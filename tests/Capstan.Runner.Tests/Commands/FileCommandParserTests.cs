using Capstan.Runner.Commands;
using Xunit;

namespace Capstan.Runner.Tests.Commands;

public sealed class FileCommandParserTests
{
    [Theory]
    [InlineData("a=1\nb=2\n", "a=1|b=2")]
    [InlineData("\uFEFFa=1", "a=1")]
    [InlineData("a=1\r\n\r\nb=x=y\r\n", "a=1|b=x=y")]
    [InlineData("a=", "a=")]
    [InlineData("a<<EOF\nEOF\n", "a=")]
    [InlineData("a<<EOF\none\n\ntwo\nEOF\nb=1", "a=one\n\ntwo|b=1")]
    [InlineData("a<<EOF\r\none\r\ntwo\r\nEOF\r\n", "a=one\r\ntwo")]
    [InlineData("a<<EOF\nEOF2\nxEOF\nEOF", "a=EOF2\nxEOF")]
    [InlineData("a=b<<EOF\n", "a=b<<EOF")]
    [InlineData("", "")]
    public void Entries_are_read_in_every_form(string text, string expected)
    {
        var parsed = Assert.IsType<FileCommandResult.Parsed>(FileCommandParser.Parse(text));

        Assert.Equal(expected, string.Join('|', parsed.Pairs.Select(p => $"{p.Key}={p.Value}")));
    }

    [Theory]
    [InlineData("nothing", "Invalid format 'nothing'")]
    [InlineData("=x", "Invalid format '=x'")]
    [InlineData("<<EOF\nEOF", "Name must not be empty")]
    [InlineData("a<<\nx", "delimiter must not be empty")]
    [InlineData("a<<EOF\nx\nEOF2", "Matching delimiter not found 'EOF'")]
    public void What_cannot_be_understood_is_named(string text, string message)
    {
        var invalid = Assert.IsType<FileCommandResult.Invalid>(FileCommandParser.Parse(text));

        Assert.Contains(message, invalid.Message, StringComparison.Ordinal);
    }
}
