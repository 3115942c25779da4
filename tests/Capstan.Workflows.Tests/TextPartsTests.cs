using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Workflows.Tests;

public sealed class TextPartsTests
{
    [Theory]
    [InlineData("", 1)]
    [InlineData("/", 2)]
    [InlineData("a", 1)]
    [InlineData("a/b", 2)]
    [InlineData("//a/", 4)]
    public void There_is_one_part_more_than_separators(string text, int parts) => Assert.Equal(parts, TextParts.Of(text, '/').Length);

    [Fact]
    public void The_parts_are_those_that_dotnet_finds() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            Gen.Elements('a', '/', ' ', 'ü').ArrayOf().Select(letters => new string(letters)).ToArbitrary(),
            text => TextParts.Of(text, '/').SequenceEqual(text.Split('/'))));
}
