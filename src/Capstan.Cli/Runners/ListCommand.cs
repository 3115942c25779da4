using System.CommandLine;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runners;

/// <summary><c>capstan runner list</c>.</summary>
internal static class ListCommand
{
    public static Command Create(CommandContext context)
    {
        var scope = new ScopeOptions();
        var label = new Option<string?>("--label") { Description = "Only with this label", HelpName = "LABEL" };
        var status = new Option<string?>("--status") { Description = "Only online, busy, paused or offline ones", HelpName = "STATUS" };
        var json = new Option<bool>("--json") { Description = "As a JSON array" };
        var command = new Command("list", "The runners that you may see") { label, status, json };
        scope.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var (owner, repository) = scope.Read(parsed);
            return RunAsync(new Options(owner, repository, parsed.GetValue(label), parsed.GetValue(status), parsed.GetValue(json)), context, cancel);
        });
        return command;
    }

    public sealed record Options(string? Owner, string? Repository, string? Label, string? Status, bool Json);

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var runners = await AllAsync(client, options, cancel);
        if (options.Json)
        {
            context.Terminal.Line($"[{string.Join(",\n ", runners.Select(runner => JsonSerializer.Serialize(runner, ContractsJson.Default.RunnerResponse)))}]");
            return ExitCodes.Good;
        }

        var table = new Table("Id", "Name", "Status", "Slots", "Labels", "Works for", "Last heard");
        foreach (var runner in runners)
        {
            table.Add(
                $"{runner.Id}",
                new Cell(runner.Name, Tone.Strong),
                new Cell(runner.Status, runner.Status switch { "online" => Tone.Good, "busy" => Tone.Active, "paused" => Tone.Warning, _ => Tone.Quiet }),
                $"{runner.UsedSlots}/{runner.Slots}",
                string.Join(',', runner.Labels),
                string.Join(',', runner.Assignments),
                new Cell(runner.LastHeartbeatAt is { } at ? $"{at:yyyy-MM-dd HH:mm:ss}" : "never", Tone.Quiet));
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    /// <summary>A runner by its id or its name.</summary>
    public static async Task<RunnerResponse> FindAsync(ApiClient client, string named, CancellationToken cancel)
    {
        var runners = await AllAsync(client, new Options(null, null, null, null, Json: false), cancel);
        return runners.FirstOrDefault(runner => string.Equals(runner.Name, named, StringComparison.OrdinalIgnoreCase))
            ?? runners.FirstOrDefault(runner => runner.Id.ToString() == named)
            ?? throw new CommandException(ExitCodes.Bad, $"There is no runner '{named}', or you may not see it. 'capstan runner list' shows those that you may.");
    }

    private static async Task<IReadOnlyList<RunnerResponse>> AllAsync(ApiClient client, Options options, CancellationToken cancel)
    {
        var all = new List<RunnerResponse>();
        long? after = null;
        do
        {
            var query = new[] { ("owner", options.Owner), ("repository", options.Repository), ("label", options.Label), ("status", options.Status), ("after", after?.ToString()) }
                .Where(pair => pair.Item2 is not null).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2!)}");
            var page = await client.GetAsync($"v1/runners?{string.Join('&', query)}", ContractsJson.Default.RunnersResponse, cancel);
            all.AddRange(page.Runners);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }
}
