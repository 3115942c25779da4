using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Cli.Secrets;
using Xunit;

namespace Capstan.Cli.Tests.Secrets;

/// <summary>Whose secrets a command line is about.</summary>
public sealed class OwnerOptionTests
{
    [Theory]
    [InlineData("list -R acme/web", "v1/repos/acme/web")]
    [InlineData("list --org acme", "v1/orgs/acme")]
    [InlineData("list -R acme/web --environment live", "v1/repos/acme/web/environments/live")]
    [InlineData("-R acme/web list -e preview/a+b", "v1/repos/acme/web/environments/preview%2Fa%2Bb")]
    public void The_options_name_an_owner(string arguments, string path) => Assert.Equal(path, Path(arguments));

    [Theory]
    [InlineData("list --org acme -R acme/web", "Give --org or --repo, not both.")]
    [InlineData("list --org acme --environment live", "Give --org or --environment, not both.")]
    public void Two_owners_are_the_callers_mistake(string arguments, string message)
    {
        var refusal = Assert.Throws<CommandException>(() => Path(arguments));
        Assert.Equal((ExitCodes.Usage, message), (refusal.ExitCode, refusal.Message));
    }

    private static string Path(string arguments)
    {
        var owner = new OwnerOption();
        var group = new Command("secret") { new Command("list") };
        owner.AddTo(group);
        return owner.Path(new RootCommand { group }.Parse("secret " + arguments), ServerSettings.Load(_ => null));
    }
}
