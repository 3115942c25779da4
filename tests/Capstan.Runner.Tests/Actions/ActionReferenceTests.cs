using Capstan.Runner.Actions;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

public sealed class ActionReferenceTests
{
    [Theory]
    [InlineData("acme/hello@v1", "acme/hello||v1")]
    [InlineData("acme/hello/a/b/@v1", "acme/hello|a/b|v1")]
    [InlineData(@"acme\hello\a@v1", "acme/hello|a|v1")]
    [InlineData("acme/hello@refs/heads/a/b", "acme/hello||refs/heads/a/b")]
    [InlineData("acme/../x@v1", null)]
    [InlineData("acme/hello/../../x@v1", null)]
    [InlineData("acme/hello@../v1", null)]
    [InlineData("ac me/hello@v1", null)]
    public void A_remote_action_is_named_by_repository_path_and_ref(string uses, string? expected) =>
        Assert.Equal(expected, ActionReference.Parse(uses) is ActionReference.Remote remote ? $"{remote.Name}|{remote.Path}|{remote.Ref}" : null);

    [Theory]
    [InlineData("$/", "")]
    [InlineData("$/a/b/", "a/b")]
    [InlineData("$/a..b", "a..b")]
    [InlineData("$/../../x", null)]
    [InlineData("$/a/..", null)]
    [InlineData(@"$/a\..\..\x", null)]
    public void An_action_of_the_same_repository_does_not_leave_it(string uses, string? path) =>
        Assert.Equal(path, (ActionReference.Parse(uses) as ActionReference.SameRepository)?.Path);

    [Theory]
    [InlineData("./a/b", "./a/b")]
    [InlineData(@".\a\b", "./a/b")]
    public void An_action_of_the_workspace_is_named_by_its_path(string uses, string path) =>
        Assert.Equal(path, (ActionReference.Parse(uses) as ActionReference.Local)?.Path);
}
