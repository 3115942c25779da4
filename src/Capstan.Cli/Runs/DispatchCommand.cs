using System.CommandLine;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan workflow run</c>: starts a workflow that has <c>workflow_dispatch</c>.</summary>
internal static class DispatchCommand
{
    public static Command Create(CommandContext context)
    {
        var repository = new RepositoryOption();
        var file = new Argument<string>("FILE") { Description = "The workflow's file, for example ci.yml" };
        var reference = new Option<string?>("--ref", "-r") { Description = "Branch or tag (default: the default branch)", HelpName = "REF" };
        var inputs = new Option<string[]>("--input", "-f") { Description = "An input of the workflow; repeatable", HelpName = "NAME=VALUE" };
        var watch = new Option<bool>("--watch") { Description = "Follow the run until it ends, and exit with its result" };
        var command = new Command("run", "Start a workflow on the server") { file, reference, inputs, watch };
        repository.AddTo(command);
        command.SetAction((parsed, cancel) => RunAsync(
            new Options(repository.Path(parsed, context.Settings), parsed.GetValue(file)!, parsed.GetValue(reference), parsed.GetValue(inputs) ?? [], parsed.GetValue(watch)), context, cancel));
        return command;
    }

    public sealed record Options(string Repository, string File, string? Ref, IReadOnlyList<string> Inputs, bool Watch);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        var inputs = options.Inputs.Select(Split).ToDictionary(pair => pair.Name, pair => JsonSerializer.SerializeToElement(pair.Value, ContractsJson.Default.String));
        using var client = context.Connect();
        var answer = await client.PostAsync(
            $"{options.Repository}/workflows/{Uri.EscapeDataString(options.File)}/dispatches",
            new DispatchRequest(options.Ref, inputs),
            ContractsJson.Default.DispatchRequest,
            ContractsJson.Default.DispatchResponse,
            cancel);
        if (answer.RunId is not { } run)
        {
            context.Terminal.Error($"Asked for; its run is not made yet (event {answer.EventId}). See 'capstan runs list'.");
            return options.Watch ? ExitCodes.Environment : ExitCodes.Good;
        }

        context.Terminal.Error($"Run {run}: {ViewCommand.RunUrl(client, options.Repository, run)}");
        return options.Watch
            ? await WatchCommand.RunAsync(new WatchCommand.Options(options.Repository, run, Commit: null, TimeSpan.Zero, Times: false), context, cancel)
            : ExitCodes.Good;
    }

    private static (string Name, string Value) Split(string input) => input.IndexOf('=', StringComparison.Ordinal) is var at and > 0
        ? (input[..at], input[(at + 1)..])
        : throw CommandException.Usage($"--input takes NAME=VALUE, and '{input}' is not of that form.");
}
