using Capstan.Runner.Caches;
using Xunit;

namespace Capstan.Runner.Tests.Caches;

public sealed class CachePlacesTests
{
    private static readonly CachePlaces Places = new("/home/ann/work/app", "/home/ann/work/_temp", "/opt/tools", "/home/ann");

    [Theory]
    [InlineData("/home/ann/work/app", "workspace")]
    [InlineData("/home/ann/work/app/node_modules/a", "workspace/node_modules/a")]
    [InlineData("/home/ann/work/apple", "home/work/apple")]
    [InlineData("/home/ann/work/_temp/x", "temp/x")]
    [InlineData("/opt/tools/go", "tools/go")]
    [InlineData("/home/ann/.npm", "home/.npm")]
    [InlineData("/home/anna", "root/home/anna")]
    [InlineData("/var/lib/x", "root/var/lib/x")]
    public void A_place_has_a_name_and_a_name_its_place(string path, string name)
    {
        Assert.Equal(name, Places.NameOf(path));
        Assert.Equal(path, Places.PathOf(name)!.TrimEnd('/'));
    }

    [Theory]
    [InlineData("workspace/../x")]
    [InlineData("workspace/a/../../x")]
    [InlineData("root/../x")]
    [InlineData("elsewhere/x")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    [InlineData("home//x")]
    [InlineData("home/./x")]
    [InlineData("home/a\0b")]
    public void A_name_that_leads_out_has_none(string name) => Assert.Null(Places.PathOf(name));

    [Theory]
    [InlineData("node_modules", "node_modules")]
    [InlineData("node_modules", "/home/ann/work/app/node_modules")]
    [InlineData("node_modules", "./node_modules/")]
    [InlineData("~/.npm", "/home/ann/.npm")]
    public void Ways_to_write_one_path_are_one_version(string one, string other) => Assert.Equal(Version(one), Version(other));

    [Theory]
    [InlineData("a", "b")]
    [InlineData("a b", "b a")]
    [InlineData("a", "!a")]
    [InlineData("a", "a b")]
    [InlineData("a", "~/a")]
    [InlineData("a", "/a")]
    public void Other_paths_are_another_version(string one, string other) => Assert.NotEqual(Version(one), Version(other));

    [Fact]
    public void Jobs_with_other_folders_have_the_same_versions()
    {
        var elsewhere = new CachePlaces("/srv/7/app", "/srv/7/_temp", "/srv/tools", "/root");
        Assert.Equal(Version("node_modules ~/.npm"), elsewhere.VersionOf(["node_modules", "~/.npm"], "/srv/7/app", "/root"));
        Assert.Equal(Version("/home/ann/work/app/x"), elsewhere.VersionOf(["/srv/7/app/x"], "/srv/7/app", "/root"));
    }

    private static string Version(string lines) => Places.VersionOf(lines.Split(' '), "/home/ann/work/app", "/home/ann");
}
