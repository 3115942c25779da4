using Capstan.Cli.LocalRuns;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class TextFileTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData("C3A90A", "é\n")]
    [InlineData("EFBBBFC3A90A", "é\n")]
    [InlineData("FFFEE9000A00", "é\n")]
    [InlineData("FEFF00E9000A", "é\n")]
    [InlineData("FFFE0000E90000000A000000", "é\n")]
    [InlineData("0000FEFF000000E90000000A", "é\n")]
    public void The_mark_at_its_beginning_says_the_encoding_and_without_one_it_is_UTF_8(string bytes, string text) => Assert.Equal(text, Read(bytes));

    [Theory]
    [InlineData("EFBFA5", "\uFFE5")]
    [InlineData("0061", "\0a")]
    [InlineData("61EFBBBF", "a\uFEFF")]
    public void What_only_looks_like_a_mark_is_text(string bytes, string text) => Assert.Equal(text, Read(bytes));

    [Theory]
    [InlineData("", "")]
    [InlineData("EFBBBF", "")]
    [InlineData("FFFE", "")]
    public void A_file_may_hold_nothing_or_a_mark_alone(string bytes, string text) => Assert.Equal(text, Read(bytes));

    [Theory]
    [InlineData("61FF62", "a\uFFFDb")]
    [InlineData("FF62", "\uFFFDb")]
    [InlineData("61E282", "a\uFFFD")]
    public void Bytes_that_are_no_UTF_8_are_replaced(string bytes, string text) => Assert.Equal(text, Read(bytes));

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("\n\na", "||a")]
    [InlineData(" \ta \r\n", "a")]
    [InlineData("a\rb", "a\rb")]
    [InlineData("\u00A0a\u3000", "\u00A0a\u3000")]
    public void Lines_end_at_line_feeds_and_come_without_blanks_around_them(string text, string lines)
    {
        var taken = new List<string>();
        var rest = text.AsSpan();
        while (TextFile.TakeLine(ref rest, out var line))
        {
            taken.Add(line.ToString());
        }

        Assert.Equal(lines, string.Join('|', taken));
    }

    private string Read(string bytes)
    {
        File.WriteAllBytes(file, Convert.FromHexString(bytes));
        return TextFile.Read(file);
    }
}
