using Capstan.Runner.Processes;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Processes;

public sealed class ExecutableSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ExecutableSearchTests()
    {
        Directory.CreateDirectory(folder["first"]);
        Directory.CreateDirectory(folder["second"]);
        Make("first/tool", UnixFileMode.UserRead);
        Make("second/tool", UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("{0}/second")]
    [InlineData("{0}/first:{0}/second")]
    [InlineData(":{0}/none::{0}/second:")]
    [InlineData("second")]
    public void The_first_that_may_be_executed_is_found(string path) =>
        Assert.Equal(folder["second/tool"], ExecutableSearch.Find("tool", path.Replace("{0}", folder.Path, StringComparison.Ordinal), folder.Path));

    [Theory]
    [InlineData("tool", null)]
    [InlineData("tool", "")]
    [InlineData("tool", ":")]
    [InlineData("tool", "first")]
    [InlineData("", "second")]
    public void What_is_not_on_the_PATH_is_not_found(string name, string? path) => Assert.Null(ExecutableSearch.Find(name, path, folder.Path));

    [Fact]
    public void A_name_with_a_slash_is_a_path() => Assert.Equal(folder["second/tool"], ExecutableSearch.Find("second/tool", path: null, folder.Path));

    private void Make(string name, UnixFileMode mode)
    {
        File.WriteAllText(folder[name], "#!/bin/sh\n");
        File.SetUnixFileMode(folder[name], mode);
    }
}
