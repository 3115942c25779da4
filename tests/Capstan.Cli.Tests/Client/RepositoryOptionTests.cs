using Capstan.Cli.Client;
using Xunit;

namespace Capstan.Cli.Tests.Client;

public sealed class RepositoryOptionTests
{
    private static readonly ServerSettings Server = new("http://127.0.0.1:8470", Token: null, Username: null);

    [Theory]
    [InlineData("origin\thttp://127.0.0.1:8470/acme/web.git (fetch)\norigin\thttp://127.0.0.1:8470/acme/web.git (push)\n")]
    [InlineData("origin\thttp://127.0.0.1:8470/acme/web (fetch)\n")]
    [InlineData("origin\thttp://somebody@127.0.0.1:8470/acme/web (fetch)\n")]
    [InlineData("github\thttps://github.com/other/thing.git (fetch)\nours\thttp://127.0.0.1:8470/acme/web.git (fetch)\n")]
    public void The_remote_on_the_server_names_the_repository(string remotes) => Assert.Equal("acme/web", RepositoryOption.FromRemotes(Server, remotes));

    [Theory]
    [InlineData("")]
    [InlineData("origin\tgit@github.com:acme/web.git (fetch)\n")]
    [InlineData("origin\thttp://127.0.0.1:9999/acme/web.git (fetch)\n")]
    [InlineData("origin\thttp://127.0.0.1:8470/web.git (fetch)\n")]
    [InlineData("origin\t/srv/acme/web.git (fetch)\n")]
    public void Without_one_it_must_be_named(string remotes) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CommandException>(() => RepositoryOption.FromRemotes(Server, remotes)).ExitCode);
}
