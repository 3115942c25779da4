using System.CommandLine;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary><c>capstan runs events</c>: what happened lately, and for every workflow whether it fired and why.</summary>
internal static class EventsCommand
{
    private const int DefaultLimit = 10;

    public static Command Create(CommandContext context, RepositoryOption repository)
    {
        var limit = new Option<int>("--limit", "-L") { Description = $"How many (default: {DefaultLimit})", HelpName = "N", DefaultValueFactory = _ => DefaultLimit };
        var json = new Option<bool>("--json") { Description = "As a JSON array, with every filter that was asked" };
        var command = new Command("events", "What happened to the repository, and why each workflow fired or did not") { limit, json };
        command.SetAction((parsed, cancel) => RunAsync(new Options(repository.Path(parsed, context.Settings), parsed.GetValue(limit), parsed.GetValue(json)), context, cancel));
        return command;
    }

    public sealed record Options(string Repository, int Limit, bool Json);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        if (options.Limit < 1)
        {
            throw CommandException.Usage("--limit is at least 1.");
        }

        using var client = context.Connect();
        var page = await client.GetAsync($"{options.Repository}/events?limit={options.Limit}", ContractsJson.Default.TriggerEventPage, cancel);
        if (options.Json)
        {
            context.Terminal.Line($"[{string.Join(",\n ", page.Items.Select(e => JsonSerializer.Serialize(e, ContractsJson.Default.TriggerEventResponse)))}]");
            return ExitCodes.Good;
        }

        foreach (var happened in page.Items)
        {
            Write(happened, context.Terminal);
        }

        return ExitCodes.Good;
    }

    private static void Write(TriggerEventResponse happened, Terminal terminal)
    {
        var commit = happened.HeadSha[..Math.Min(7, happened.HeadSha.Length)];
        terminal.Line($"{terminal.Paint(Tone.Strong, happened.Event)} {Printable.Of(happened.Ref)} at {commit} by {Printable.Of(happened.Actor)}{terminal.Paint(Tone.Quiet, $"  {happened.CreatedAt:yyyy-MM-dd HH:mm}")}");
        var rest = happened switch
        {
            { State: "pending", Error: { } error } => $"could not be looked at yet ({happened.Attempts} times): {error}",
            { State: "pending" } => "was not looked at yet",
            { State: "set_aside" } => $"was set aside: {happened.Error}",
            { Why: { } why } => $"no workflow was looked at: {why}",
            { Decisions.Count: 0 } => "the commit has no workflows",
            _ => null,
        };
        if (rest is not null)
        {
            terminal.Line($"  {Printable.Of(rest)}");
        }

        foreach (var decision in happened.Decisions)
        {
            var (sign, tone, words) = decision.Fired ? ("✓", Tone.Good, $"fired #{decision.RunNumber}") : ("-", Tone.Quiet, "did not fire");
            terminal.Line($"  {terminal.Paint(tone, sign)} {Printable.Of(decision.Workflow)} {words}: {Printable.Of(decision.Why)}");
        }
    }
}
