using Capstan.Server.Data;
using Npgsql;

namespace Capstan.Server.Git;

/// <summary>
/// Which refs a push may not move, and why. One refused ref refuses the whole push, as a <c>pre-receive</c> hook does: half a push is a state that its author never
/// had on the own machine, and the pack would have been taken for nothing.
/// </summary>
internal sealed class PushRules(PushQueries pushes)
{
    /// <summary>What the refs of a refused push are told that would have been fine by themselves.</summary>
    public const string ReasonOfTheOthers = "not moved, because another ref of this push was refused";

    /// <returns>A reason for each refused ref; empty when the push may go on.</returns>
    public async Task<IReadOnlyDictionary<string, string>> RefusalsAsync(NpgsqlConnection connection, RepositoryId repository, IReadOnlyList<PushCommand> commands)
    {
        var refusals = commands
            .Select(command => (command.Ref, Why: WhyNever(command)))
            .Where(refusal => refusal.Why is not null)
            .ToDictionary(refusal => refusal.Ref, refusal => refusal.Why!, StringComparer.Ordinal);

        var branches = commands.Select(command => RefName.BranchOf(command.Ref)).OfType<string>();
        foreach (var (branch, by) in await pushes.LockedBranchesAsync(connection, repository, branches))
            refusals[RefName.Heads + branch] = $"the branch is locked by {by}; a maintainer can unlock it";
        return refusals;
    }

    private static string? WhyNever(PushCommand command)
    {
        if (RefName.IsReserved(command.Ref))
            return "the server keeps these refs; push to a branch instead";
        if (!RefName.IsValid(command.Ref))
            return "not a valid full name of a ref, such as refs/heads/main";

        // What came in before a rule can still be deleted.
        if (RefName.BranchOf(command.Ref) is { } branch && !command.Deletes && !RefName.IsValidBranch(branch))
            return "a branch cannot have this name";
        return null;
    }
}
