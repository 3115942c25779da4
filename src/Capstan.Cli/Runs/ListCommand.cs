using System.CommandLine;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan runs list</c>: the newest runs.</summary>
internal static class ListCommand
{
    private const int DefaultLimit = 20;

    public static Command Create(CommandContext context, RepositoryOption repository)
    {
        var workflow = new Option<string?>("--workflow", "-w") { Description = "Only of this workflow file", HelpName = "FILE" };
        var branch = new Option<string?>("--branch", "-b") { Description = "Only of this branch or full ref", HelpName = "REF" };
        var trigger = new Option<string?>("--event", "-e") { Description = "Only of this event", HelpName = "NAME" };
        var status = new Option<string?>("--status", "-s") { Description = "Only with this status (queued, in_progress, completed, …)", HelpName = "STATUS" };
        var conclusion = new Option<string?>("--conclusion") { Description = "Only with this conclusion (success, failure, …)", HelpName = "CONCLUSION" };
        var commit = new Option<string?>("--commit", "-c") { Description = "Only of this commit", HelpName = "SHA" };
        var limit = new Option<int>("--limit", "-L") { Description = $"How many (default: {DefaultLimit})", HelpName = "N", DefaultValueFactory = _ => DefaultLimit };
        var json = new Option<bool>("--json") { Description = "As a JSON array" };
        var command = new Command("list", "The newest runs") { workflow, branch, trigger, status, conclusion, commit, limit, json };
        command.SetAction((parsed, cancel) => RunAsync(
            new Options(
                repository.Path(parsed, context.Settings),
                new RunFilter(
                    parsed.GetValue(workflow), parsed.GetValue(branch), parsed.GetValue(trigger), parsed.GetValue(status), parsed.GetValue(conclusion), parsed.GetValue(commit)),
                parsed.GetValue(limit),
                parsed.GetValue(json)),
            context,
            cancel));
        return command;
    }

    public sealed record Options(string Repository, RunFilter Filter, int Limit, bool Json);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        if (options.Limit < 1)
        {
            throw CommandException.Usage("--limit is at least 1.");
        }

        using var client = context.Connect();
        var runs = await RunQueries.ListAsync(client, options.Repository, options.Filter, options.Limit, cancel);
        if (options.Json)
        {
            context.Terminal.Line($"[{string.Join(",\n ", runs.Select(run => JsonSerializer.Serialize(run, ContractsJson.Default.RunResponse)))}]");
            return ExitCodes.Good;
        }

        Write(runs, context.Terminal);
        return ExitCodes.Good;
    }

    private static void Write(IReadOnlyList<RunResponse> runs, Terminal terminal)
    {
        if (runs.Count == 0 && terminal.IsInteractive)
        {
            terminal.Error("No runs.");
            return;
        }

        var table = new Table("State", "Title", "Workflow", "Branch", "Event", "Id", "Took", "Started");
        foreach (var run in runs)
        {
            var state = StateText.Of(run.Status, run.Conclusion);
            table.Add(
                new Cell(terminal.IsInteractive ? $"{state.Sign} {state.Words}" : state.Words, state.Tone),
                new Cell(run.Title, Tone.Strong),
                $"{run.Workflow} #{run.RunNumber}",
                new Cell(run.Ref.StartsWith("refs/heads/", StringComparison.Ordinal) ? run.Ref["refs/heads/".Length..] : run.Ref, Tone.Active),
                run.Event,
                $"{run.Id}",
                StateText.Duration(run.StartedAt, run.CompletedAt),
                new Cell($"{run.CreatedAt:yyyy-MM-dd HH:mm}", Tone.Quiet));
        }

        table.Write(terminal);
    }
}
