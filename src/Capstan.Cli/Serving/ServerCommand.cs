using System.CommandLine;
using Capstan.Server;
using Capstan.Server.Data;
using Microsoft.Extensions.Logging;

namespace Capstan.Cli.Serving;

/// <summary><c>capstan server</c>: the control plane alone, until it is asked to stop.</summary>
internal static class ServerCommand
{
    public static Command Create(CommandContext context)
    {
        var serving = new ServingOptions();
        var command = new Command("server", "Serve repositories, the queue and the web pages; runners come from elsewhere");
        serving.AddTo(command);
        command.SetAction((parsed, cancel) =>
            RunAsync(serving.Read(parsed, Environment.GetEnvironmentVariable, LogLevel.Information, context.Clock), context, cancel));
        return command;
    }

    /// <param name="stop">Ends the server in an orderly way.</param>
    public static async Task<int> RunAsync(ServerOptions options, CommandContext context, CancellationToken stop)
    {
        await using var server = await StartAsync(options, stop);
        context.Terminal.Line($"Listening on {server.Url}");
        await UntilAsync(stop);
        return ExitCodes.Good;
    }

    /// <exception cref="CommandException">A person must do something first; the message says what.</exception>
    public static async Task<CapstanServer> StartAsync(ServerOptions options, CancellationToken stop)
    {
        try
        {
            return await CapstanServer.StartAsync(options, stop);
        }
        catch (StartupException e)
        {
            throw CommandException.Environment(e.Message);
        }
    }

    /// <summary>Ends when the token is cancelled; never throws.</summary>
    public static Task UntilAsync(CancellationToken stop)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stop.Register(() => stopped.TrySetResult());
        return stopped.Task;
    }
}
