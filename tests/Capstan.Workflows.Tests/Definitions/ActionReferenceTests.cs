using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

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

    [Theory]
    [InlineData("docker://alpine:3", "alpine:3")]
    [InlineData("docker://ghcr.io/a/b@sha256:0", "ghcr.io/a/b@sha256:0")]
    public void An_image_is_named_with_its_tag(string uses, string image) => Assert.Equal(image, (ActionReference.Parse(uses) as ActionReference.Docker)?.Image);

    [Theory]
    [InlineData("checkout@v4")]
    [InlineData("a/b")]
    [InlineData("a/b@")]
    [InlineData("a/b@c@d")]
    [InlineData("./a\0")]
    [InlineData("")]
    public void Anything_else_is_unknown(string uses) => Assert.IsType<ActionReference.Unknown>(ActionReference.Parse(uses));
}
