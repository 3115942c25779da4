using Capstan.Cli.LocalRuns;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class RunOptionsTests
{
    [Fact]
    public void Without_arguments_it_is_a_push()
    {
        var options = RunOptions.Parse([]);

        Assert.Equal("push", options.Event);
        Assert.Empty(options.Workflows);
    }

    [Fact]
    public void Every_option_of_the_contract_is_understood()
    {
        var options = RunOptions.Parse(
        [
            "ci.yml", "--event", "workflow_dispatch", "--payload", "p.json", "--input", "a=1=2", "--secret", "S=x", "--secret-file", "f", "--var", "V=v", "--env", "E=e",
            "--environment-secret", "prod:K=v", "--github", "ref=refs/tags/v1", "--platform", "gpu=host", "--platform", "ubuntu-latest=docker:debian:12", "--job", "build",
            "--matrix", "os:linux", "--actions-dir", "d", "--actions-upstream", "none", "--artifacts-dir", "o", "--empty-workspace", "--strict-platforms", "--keep", "--dry-run", "--json",
        ]);

        Assert.Equal(["ci.yml"], options.Workflows);
        Assert.Equal("1=2", options.Inputs["A"]);
        Assert.Equal("v", options.EnvironmentSecrets["prod"]["K"]);
        Assert.Equal("docker:debian:12", options.Platforms[1].Value);
        Assert.Equal(new("os", "linux"), options.Matrix[0]);
        Assert.True(options is { EmptyWorkspace: true, StrictPlatforms: true, Keep: true, DryRun: true, Json: true });
    }

    [Theory]
    [InlineData("none", "https://git.example.org/", null)]
    [InlineData("https://git.example.org/", "none", "https://git.example.org")]
    [InlineData(null, "none", null)]
    [InlineData(null, "https://git.example.org/", "https://git.example.org")]
    [InlineData(null, null, LocalActions.DefaultUpstream)]
    [InlineData(null, "", LocalActions.DefaultUpstream)]
    public void The_upstream_of_actions_is_the_options_else_the_environments_else_GitHub(string? option, string? variable, string? expected)
    {
        var options = RunOptions.Parse(option is null ? [] : ["--actions-upstream", option]);

        Assert.Equal(expected, LocalActions.Of(options, "/tree", name => name == "CAPSTAN_ACTIONS_UPSTREAM" ? variable : null).Upstream);
    }

    [Theory]
    [InlineData("--platform", "gpu=vm")]
    [InlineData("--platform", "gpu=docker:")]
    [InlineData("--environment-secret", "prod:K")]
    [InlineData("--environment-var", "prod")]
    [InlineData("--matrix", "os=linux")]
    [InlineData("--jsn")]
    [InlineData("--event")]
    [InlineData("--in-place", "--empty-workspace")]
    public void A_wrong_option_is_a_usage_error(params string[] arguments) =>
        Assert.Equal(ExitCodes.Usage, Assert.Throws<CommandException>(() => RunOptions.Parse(arguments)).ExitCode);
}
