using System.CommandLine;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runners;

/// <summary><c>capstan runner pause</c>, <c>resume</c>, <c>remove</c> and <c>assign</c>: each changes one runner, named by its name or id.</summary>
internal static class ChangeCommands
{
    public static Command CreatePause(CommandContext context) =>
        Create("pause", "Give a runner no further jobs; those it runs go on", context, HttpMethod.Post, id => $"v1/runners/{id}/pause", "is paused");

    public static Command CreateResume(CommandContext context) =>
        Create("resume", "Give a paused runner jobs again", context, HttpMethod.Post, id => $"v1/runners/{id}/resume", "takes jobs again");

    public static Command CreateRemove(CommandContext context) =>
        Create("remove", "Forget a runner: its credential is worth nothing from then on", context, HttpMethod.Delete, id => $"v1/runners/{id}", "is removed");

    public static Command CreateAssign(CommandContext context)
    {
        var runner = Runner();
        var scope = new ScopeOptions();
        var remove = new Option<bool>("--remove") { Description = "Take this assignment away instead" };
        var command = new Command("assign", "Let a runner work for an organization, a repository, or everybody (neither option)") { runner, remove };
        scope.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var (owner, repository) = scope.Read(parsed);
            return AssignAsync(new AssignOptions(parsed.GetValue(runner)!, owner, repository, parsed.GetValue(remove)), context, cancel);
        });
        return command;
    }

    public sealed record AssignOptions(string Runner, string? Owner, string? Repository, bool Remove);

    public static async Task<int> AssignAsync(AssignOptions options, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var runner = await ListCommand.FindAsync(client, options.Runner, cancel);
        await client.SendAsync(
            options.Remove ? HttpMethod.Delete : HttpMethod.Post,
            $"v1/runners/{runner.Id}/assignments",
            new RunnerAssignmentRequest(options.Owner, options.Repository),
            ContractsJson.Default.RunnerAssignmentRequest,
            cancel);
        var now = await ListCommand.FindAsync(client, $"{runner.Id}", cancel);
        context.Terminal.Error($"{now.Name} works for {(now.Assignments.Count > 0 ? string.Join(", ", now.Assignments) : "nobody")}.");
        return ExitCodes.Good;
    }

    private static Command Create(string name, string summary, CommandContext context, HttpMethod method, Func<long, string> path, string done)
    {
        var runner = Runner();
        var command = new Command(name, summary) { runner };
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = context.Connect();
            var found = await ListCommand.FindAsync(client, parsed.GetValue(runner)!, cancel);
            await client.SendAsync(method, path(found.Id), cancel);
            context.Terminal.Error($"{found.Name} {done}.");
            return ExitCodes.Good;
        });
        return command;
    }

    private static Argument<string> Runner() => new("RUNNER") { Description = "Its name or id" };
}
