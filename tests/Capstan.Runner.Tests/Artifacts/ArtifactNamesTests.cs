using Capstan.Runner.Artifacts;
using Xunit;

namespace Capstan.Runner.Tests.Artifacts;

public sealed class ArtifactNamesTests
{
    [Theory]
    [InlineData("program")]
    [InlineData("my artifact (1).zip")]
    [InlineData("Übergröße-文件")]
    public void Ordinary_names_are_allowed(string name) => Assert.Null(ArtifactNames.Refusal(name));

    [Theory]
    [InlineData("a:b", "Colon :")]
    [InlineData("a\"b", "Double quote \"")]
    [InlineData("a<b", "Less than <")]
    [InlineData("a>b", "Greater than >")]
    [InlineData("a|b", "Vertical bar |")]
    [InlineData("a*b", "Asterisk *")]
    [InlineData("a?b", "Question mark ?")]
    [InlineData("a\rb", "Carriage return \\r")]
    [InlineData("a\nb", "Line feed \\n")]
    [InlineData("a\\b", "Backslash \\")]
    [InlineData("a/b", "Forward slash /")]
    [InlineData("a\tb", "control character 9")]
    [InlineData("a\0b", "NUL")]
    public void A_character_that_some_file_system_does_not_take_is_refused_by_its_name(string name, string character) =>
        Assert.Equal($"The artifact name is not valid: {name}. Contains the following character: {character}", ArtifactNames.Refusal(name));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public void What_is_no_file_name_is_refused(string name) => Assert.NotNull(ArtifactNames.Refusal(name));

    [Fact]
    public void A_name_has_at_most_255_characters()
    {
        Assert.Null(ArtifactNames.Refusal(new string('a', 255)));
        Assert.Contains("256", ArtifactNames.Refusal(new string('a', 256)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("folder/file.txt", null)]
    [InlineData("12:30.log", "Colon :")]
    [InlineData("what?", "Question mark ?")]
    public void Files_in_an_artifact_may_have_folders_but_no_such_characters(string path, string? character)
    {
        var refusal = ArtifactNames.PathRefusal(path);
        if (character is null) Assert.Null(refusal);
        else Assert.StartsWith($"The path for one of the files in artifact is not valid: {path}. Contains the following character: {character}", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*", "a binary-x64 test", "a binary-x64 test")]
    [InlineData("binary-*", "binary-x64 binary- test", "binary-x64 binary-")]
    [InlineData("{binary,test}-*", "binary-1 test-1 log-1", "binary-1 test-1")]
    [InlineData("{a,b{c,d}}", "a bc bd b", "a bc bd")]
    [InlineData("{alone}", "{alone} alone", "{alone}")]
    [InlineData("!test*", "a test test-2", "a")]
    [InlineData("log-[0-9]", "log-1 log-x", "log-1")]
    [InlineData("**", "a b", "a b")]
    public void A_pattern_chooses_among_names(string pattern, string names, string chosen) =>
        Assert.Equal(chosen, string.Join(' ', names.Split(' ').Where(new NamePattern(pattern).Matches)));
}
