using System.CommandLine;
using Capstan.Cli.Terminals;
using Capstan.Contracts;

namespace Capstan.Cli.Repositories;

/// <summary>The group <c>capstan branch</c>.</summary>
internal static class BranchCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context) => new("branch", "Lock branches against pushes")
    {
        Change(context, "lock", "Refuse every push to a branch, your own included, until it is unlocked", locked: true),
        Change(context, "unlock", "Take pushes to a branch again", locked: false),
        Locks(context),
    };

    public static async Task<int> ChangeAsync(RepositoryName repository, string branch, bool locked, CommandContext context, CancellationToken cancel)
    {
        // git allows no such name, and an address would lose the parts: `a/../main` is not to mean main.
        if (branch.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw CommandException.Usage($"'{branch}' is no name of a branch.");
        }

        using var client = context.Connect();

        // A branch's slashes are part of the address.
        var address = $"{repository.Address}/locks/{string.Join('/', branch.Split('/').Select(Uri.EscapeDataString))}";
        await client.SendAsync(locked ? HttpMethod.Put : HttpMethod.Delete, address, cancel);
        context.Terminal.Line(locked ? $"{branch} is locked: nobody can push to it." : $"{branch} is not locked.");
        return ExitCodes.Good;
    }

    public static async Task<int> ListAsync(RepositoryName repository, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("branch", "locked by", "since");
        foreach (var held in (await client.GetAsync($"{repository.Address}/locks", Json.BranchLockListResponse, cancel)).Locks)
        {
            table.Add(held.Branch, held.LockedBy, held.LockedAt?.ToString("u"));
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    private static Command Change(CommandContext context, string name, string description, bool locked)
    {
        var (repository, branch) = (RepositoryName.Argument(), new Argument<string>("branch") { Description = "Its name, without refs/heads/" });
        var command = new Command(name, description) { repository, branch };
        command.SetAction((parsed, stop) => ChangeAsync(parsed.GetRequiredValue(repository), parsed.GetRequiredValue(branch), locked, context, stop));
        return command;
    }

    private static Command Locks(CommandContext context)
    {
        var repository = RepositoryName.Argument();
        var command = new Command("locks", "List the locked branches of a repository") { repository };
        command.SetAction((parsed, stop) => ListAsync(parsed.GetRequiredValue(repository), context, stop));
        return command;
    }
}
