using System.Text;
using Capstan.Cli.Client;
using Capstan.Cli.Runners;
using Capstan.Cli.Terminals;
using Capstan.Testing;
using Xunit;

namespace Capstan.Cli.Tests.Runners;

public sealed class StartCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MemoryStream errors = new();

    public void Dispose()
    {
        errors.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(true, "Warning: jobs run as root here and can change everything on this machine. Start the runner as a user of its own (SECURITY.md), or let 'capstan up' do so.\n")]
    [InlineData(false, "")]
    public async Task Who_starts_a_runner_as_root_is_warned(bool asRoot, string warning)
    {
        var context = new CommandContext(
            new Terminal(Stream.Null, errors, interactive: false, colour: false), TimeProvider.System, new ServerSettings(Url: null, Token: null, Username: null));

        var refusal = await Assert.ThrowsAsync<CommandException>(() => StartCommand.RunAsync(new StartCommand.Options(new RunnerFolder(folder.Path), Slots: 1, ActionsFolder: null, asRoot), context, default));

        Assert.StartsWith("There is no registration in", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(warning, Encoding.UTF8.GetString(errors.ToArray()));
    }
}
