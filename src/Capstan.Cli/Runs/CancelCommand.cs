using System.CommandLine;
using Capstan.Cli.Client;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan runs cancel</c>.</summary>
internal static class CancelCommand
{
    public static Command Create(CommandContext context, RepositoryOption repository)
    {
        var run = new Argument<long>("RUN") { Description = "Its id" };
        var command = new Command("cancel", "End a run: its steps get a few seconds, always() steps still run") { run };
        command.SetAction((parsed, cancel) => RunAsync(new Options(repository.Path(parsed, context.Settings), parsed.GetValue(run)), context, cancel));
        return command;
    }

    public sealed record Options(string Repository, long Run);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Post, $"{options.Repository}/runs/{options.Run}/cancel", cancel);
        context.Terminal.Error($"Run {options.Run} is asked to end.");
        return ExitCodes.Good;
    }
}
