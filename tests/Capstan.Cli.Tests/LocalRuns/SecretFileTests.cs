using Capstan.Cli.LocalRuns;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class SecretFileTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Lines_blocks_quotes_and_comments_are_understood()
    {
        File.WriteAllText(file, "# a comment\nA=1=2\n\nB = \"quoted \"\nC<<END\nfirst\n\nthird\nEND\nD=\n");

        Assert.Equal([new("A", "1=2"), new("B", "quoted "), new("C", "first\n\nthird"), new("D", "")], SecretFile.Read(file));
    }

    [Theory]
    [InlineData("just text\n", "line 1")]
    [InlineData("A=1\nB<<END\nnever closed\n", "line 2")]
    public void A_line_of_no_known_form_is_named_without_its_content(string content, string expected)
    {
        File.WriteAllText(file, content);

        Assert.Contains(expected, Assert.Throws<CommandException>(() => SecretFile.Read(file).ToList()).Message, StringComparison.Ordinal);
    }
}
