using System.Text;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests;

public sealed class ProgramTests
{
    private readonly MemoryStream output = new();
    private readonly MemoryStream error = new();

    [Fact]
    public async Task An_unknown_command_is_a_usage_error_that_points_to_the_help()
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync("no-such-command"));
        Assert.Contains("See 'capstan --help'.", Encoding.UTF8.GetString(error.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_command_the_help_is_shown()
    {
        Assert.Equal(ExitCodes.Good, await RunAsync());
        Assert.Contains("Usage:", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        var terminal = new Terminal(output, error, interactive: false, colour: false);
        return CommandTree.RunAsync(arguments, new CommandContext(terminal, TimeProvider.System, new ServerSettings(Url: null, Token: null, Username: null)), default);
    }
}
