using Capstan.Runner.Files;
using Capstan.Runner.Steps;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Files;

public sealed class PathSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PathSearchTests()
    {
        foreach (var file in (string[])["a.txt", "b.log", "dist/x.js", "dist/deep/y.js", "dist/deep/z.tmp", "dist/.env", ".next/page", "star*/one", "[x]/two", "home/.npm/cached"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllText(folder[file], file);
        }

        File.CreateSymbolicLink(folder["nowhere"], "missing");
        Directory.CreateSymbolicLink(folder["dist/deep/loop"], "..");
        Directory.CreateSymbolicLink(folder["link"], "dist/deep");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.txt", "a.txt")]
    [InlineData("./a.txt", "a.txt")]
    [InlineData("*.txt", "a.txt")]
    [InlineData("dist", "dist/.env dist/deep/y.js dist/deep/z.tmp dist/x.js")]
    [InlineData("dist/", "dist/.env dist/deep/y.js dist/deep/z.tmp dist/x.js")]
    [InlineData("dist/*", "dist/.env dist/deep/y.js dist/deep/z.tmp dist/x.js")]
    [InlineData("a.txt/", "a.txt")]
    [InlineData("**/*.js", "dist/deep/y.js dist/x.js link/loop/x.js link/y.js")]
    [InlineData("**/deep/*.js", "dist/deep/y.js")]
    [InlineData("d?st/**/[xy].js", "dist/deep/y.js dist/x.js")]
    [InlineData("dist\n!**/*.tmp", "dist/.env dist/deep/y.js dist/x.js")]
    [InlineData("dist\n!dist/deep\ndist/deep/z.tmp", "dist/.env dist/deep/z.tmp dist/x.js")]
    [InlineData("!a.txt", "")]
    [InlineData("# a.txt\n\n  b.log  ", "b.log")]
    [InlineData("link", "link/loop/.env link/loop/x.js link/y.js link/z.tmp")]
    [InlineData("nowhere", "")]
    [InlineData("nothing/**", "")]
    [InlineData(@"star\*", "star*/one")]
    [InlineData("[[]x]", "[x]/two")]
    [InlineData("~/.npm", "home/.npm/cached")]
    public void Lines_find_files(string path, string found) => Assert.Equal(found, Found(path, hidden: true));

    [Theory]
    [InlineData("dist", "dist/deep/y.js dist/deep/z.tmp dist/x.js")]
    [InlineData(".next", "")]
    [InlineData("dist/.env", "")]
    public void Hidden_names_can_be_left_out(string path, string found) => Assert.Equal(found, Found(path, hidden: false));

    [Fact]
    public void A_pattern_of_any_folders_again_and_again_costs_no_more_than_its_length()
    {
        var deep = string.Join('/', Enumerable.Repeat("a", 40));
        Directory.CreateDirectory(folder[deep]);
        File.WriteAllText(folder[deep + "/c"], "");

        Assert.Equal("", Found(string.Concat(Enumerable.Repeat("**/a/", 15)) + "b", hidden: true));
        Assert.Equal(deep + "/c", Found(string.Concat(Enumerable.Repeat("**/a/", 15)) + "c", hidden: true));
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("dist/../a")]
    [InlineData("dist/./x.js")]
    public void Going_up_is_refused(string path)
    {
        var failure = Assert.Throws<StepFailure>(() => Found(path, hidden: true));
        Assert.Equal($"Invalid pattern '{path}'. Relative pathing '.' and '..' is not allowed.", failure.Message);
    }

    [Theory]
    [InlineData("dist/*.js", "dist")]
    [InlineData("dist\ndist/deep", "dist")]
    [InlineData("dist/deep\na.txt", "dist/deep a.txt")]
    [InlineData("dist/**\n!a.txt", "dist")]
    [InlineData("distance\ndist", "distance dist")]
    public void The_search_begins_at_the_outermost_folders_without_wildcards(string path, string roots) =>
        Assert.Equal(roots, Relative(new PathSearch(path, folder.Path, folder["home"], implicitDescendants: true).SearchPaths));

    [Fact]
    public void A_slash_at_the_end_means_folders_only()
    {
        var search = new PathSearch("*/", folder.Path, folder["home"], implicitDescendants: false);
        Assert.Equal(".next [x] dist home link star*", Relative(search.Find(folders: true, hidden: true, Assert.Fail, default)));
    }

    [Fact]
    public void Folders_themselves_can_be_wanted()
    {
        var search = new PathSearch("dist/*", folder.Path, folder["home"], implicitDescendants: false);
        Assert.Equal("dist/.env dist/deep dist/x.js", Relative(search.Find(folders: true, hidden: true, Assert.Fail, default)));
    }

    private string Found(string path, bool hidden) =>
        Relative(new PathSearch(path, folder.Path, folder["home"], implicitDescendants: true).Find(folders: false, hidden, Assert.Fail, default));

    private string Relative(IEnumerable<string> paths) => string.Join(' ', paths.Select(path => Path.GetRelativePath(folder.Path, path)));
}
