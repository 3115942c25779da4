using System.Text.RegularExpressions;
using Capstan.Testing;
using Capstan.Workflows.Triggers;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Workflows.Tests.Triggers;

public sealed class FilterPatternTests
{
    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet</summary>
    [Theory]
    [InlineData("feature/*", "feature/my-branch feature/your-branch", "feature/a/b feature feature2/a")]
    [InlineData("feature/**", "feature/beta-a/my-branch feature/your-branch feature/mona/the/octocat", "feature features/a")]
    [InlineData("main", "main", "Main main2 a/main")]
    [InlineData("*", "main releases", "all/the/branches")]
    [InlineData("**", "all/the/branches every/tag main", "")]
    [InlineData("*feature", "mona-feature feature ver-10-feature", "feature-x a/feature")]
    [InlineData("v2*", "v2 v2.0 v2.9", "v1 v2/x")]
    [InlineData("v[12].[0-9]+.[0-9]+", "v1.10.1 v2.0.0", "v3.0.0 v1..0 v1.0.x v1.0")]
    [InlineData("*.jsx?", "page.js page.jsx", "page.jsxx src/page.js")]
    [InlineData("*.js", "app.js index.js", "src/app.js app.jsx")]
    [InlineData("**.js", "index.js js/index.js src/js/app.js", "index.jsx")]
    [InlineData("docs/*", "docs/README.md docs/file.txt", "docs/mona/octocat.txt docs")]
    [InlineData("docs/**", "docs/README.md docs/mona/octocat.txt", "docs a/docs/x")]
    [InlineData("docs/**/*.md", "docs/README.md docs/mona/hello-world.md docs/a/markdown/file.md", "docs/a.txt README.md docsx/a.md")]
    [InlineData("**/docs/**", "docs/hello.md dir/docs/my-file.txt space/docs/plan/space.doc", "mydocs/hello.md docs")]
    [InlineData("**/README.md", "README.md js/README.md", "MY-README.md README.mdx")]
    [InlineData("**/*src/**", "a/src/app.js my-src/code/js/app.js", "srcs/app.js src")]
    [InlineData("**/*-post.md", "my-post.md path/their-post.md", "post.md")]
    [InlineData("**/migrate-*.sql", "migrate-10909.sql db/migrate-v1.0.sql db/sept/migrate-v1.sql", "migrate-a/b.sql")]
    [InlineData("[CB]at", "Cat Bat", "cat at CBat")]
    [InlineData("[1-2]00", "100 200", "300 00")]
    [InlineData("[a-cX_-]+", "abcX_- a", "d ab/c")]
    [InlineData("ab?c+", "ac abc abccc", "ab abbc abb")]
    [InlineData("a/**/b", "a/b a/x/b a/x/y/b", "ab a/xb")]
    [InlineData("x**/b", "x/b xy/z/b", "xb b")]
    [InlineData(@"a\*\?\[\+", "a*?[+", "ab?[+")]
    [InlineData("a.b(c|d)^$", "a.b(c|d)^$", "axb(c|d)^$ a.bc")]
    [InlineData("v1!", "v1!", "v1")]
    public void Names_match_as_the_cheat_sheet_says(string pattern, string matching, string others)
    {
        var (parsed, error) = FilterPattern.Parse(pattern);

        Assert.Null(error);
        Assert.All(Words(matching), name => Assert.True(parsed!.Matches(name), $"{pattern} must match {name}"));
        Assert.All(Words(others), name => Assert.False(parsed!.Matches(name), $"{pattern} must not match {name}"));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("!", 1)]
    [InlineData("v*+", 3)]
    [InlineData("?a", 1)]
    [InlineData("!+a", 2)]
    [InlineData("a++", 3)]
    [InlineData("a?+", 3)]
    [InlineData("**?", 3)]
    [InlineData("v[9-1]", 5)]
    [InlineData("v[a-Z]", 5)]
    [InlineData("v[!-z]", 5)]
    [InlineData("v[12", 2)]
    [InlineData("v[]", 2)]
    [InlineData("a\\", 2)]
    public void A_malformed_pattern_has_a_position(string pattern, int position)
    {
        var (parsed, error) = FilterPattern.Parse(pattern);

        Assert.Null(parsed);
        Assert.Equal(position, error!.Position);
    }

    [Fact]
    public void A_pattern_longer_than_any_name_is_refused()
    {
        Assert.NotNull(FilterPattern.Parse(new string('a', FilterPattern.MaxLength)).Pattern);
        Assert.NotNull(FilterPattern.Parse(new string('a', FilterPattern.MaxLength + 1)).Error);
    }

    [Theory]
    [InlineData("^foo-", 1, 0)]
    [InlineData("!a b", 3, 0)]
    [InlineData("/main", 1, 1)]
    [InlineData("main/", 5, 0)]
    [InlineData("a//b", 2, 0)]
    [InlineData("v1.", 3, 0)]
    [InlineData("./foo/bar.txt", 0, 1)]
    [InlineData("!../foo", 0, 2)]
    [InlineData(" a", 1, 1)]
    [InlineData("a ", 2, 2)]
    [InlineData("releases/**", 0, 0)]
    [InlineData(".github/**", 0, 0)]
    public void Patterns_that_can_match_nothing_are_pointed_out(string pattern, int inRef, int inPath)
    {
        Assert.Equal(inRef, FilterPatternAdvice.ForRef(pattern)?.Position ?? 0);
        Assert.Equal(inPath, FilterPatternAdvice.ForPath(pattern)?.Position ?? 0);
    }

    [Fact]
    public void Many_stars_cost_no_more_than_their_number()
    {
        var pattern = FilterPattern.Parse(string.Concat(Enumerable.Repeat("*a", 200)) + "b").Pattern!;
        var watch = ThreadWatch.StartNew();

        Assert.False(pattern.Matches(new string('a', 4000)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Any_text_is_a_pattern_or_has_an_error_with_a_place()
    {
        var texts = Gen.Elements("*", "?", "+", "[", "]", "-", "!", "\\", "/", "a", "b", "1", ".", "é").ListOf().Select(string.Concat);
        Prop.ForAll(texts.ToArbitrary(), text =>
        {
            var (pattern, error) = FilterPattern.Parse(text);
            var isPlain = text.Length > 0 && text.IndexOfAny(['*', '?', '+', '[', '!', '\\']) < 0;
            return (pattern is null) != (error is null)
                && (error is null || (error.Position >= 1 && error.Position <= Math.Max(1, text.Length)))
                && (!isPlain || pattern!.Matches(text));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void A_pattern_matches_what_its_regular_expression_matches()
    {
        var names = Gen.Elements("a", "b", "/", ".").ListOf().Select(string.Concat);
        Prop.ForAll(PiecesOfPatterns.ListOf().Zip(names).ToArbitrary(), pair =>
        {
            var (pieces, name) = pair;
            var text = string.Concat(pieces);
            var (pattern, error) = FilterPattern.Parse(text.Length == 0 ? "a" : text);
            return error is not null || pattern!.Matches(name) == Regex.IsMatch(name, RegularExpression(pattern.Text), RegexOptions.NonBacktracking, TimeSpan.FromSeconds(10));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static Gen<string> PiecesOfPatterns => Gen.Elements("a", "b", "a?", "b+", "[ab]", "[a-b/]+", "*", "**", "**/", "/", ".", "/**/");

    /// <summary>The same language by another way. Only for patterns of the pieces above.</summary>
    private static string RegularExpression(string pattern)
    {
        var text = Regex.Replace(pattern, @"(?<=^|/)\*{2,}/|\*{2,}|\*|\.", piece => piece.Value switch
        {
            "*" => "[^/]*",
            "." => "\\.",
            [.., '/'] => "(.*/)?",
            _ => ".*",
        }, RegexOptions.None, TimeSpan.FromSeconds(10));
        return $@"\A{text}\z";
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
