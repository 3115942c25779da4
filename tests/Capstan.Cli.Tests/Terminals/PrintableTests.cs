using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Terminals;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("Fix the build", "Fix the build")]
    [InlineData("größer → besser", "größer → besser")]
    [InlineData("x \u001b[2J\u001b]0;pwn\u0007", "x \uFFFD[2J\uFFFD]0;pwn\uFFFD")]
    [InlineData("one\r\ntwo", "one\uFFFD\uFFFDtwo")]
    [InlineData("\u009b2J", "\uFFFD2J")]
    public void Control_characters_of_others_do_not_reach_the_terminal(string text, string shown) => Assert.Equal(shown, Printable.Of(text));
}
