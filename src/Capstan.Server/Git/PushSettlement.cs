using Capstan.Server.Data;
using Capstan.Server.Triggers;
using Dapper;
using Npgsql;

namespace Capstan.Server.Git;

/// <summary>Records what became of a push, whoever finds it out: the push itself, the next one, or the reconciler.</summary>
internal sealed class PushSettlement(GitFolder folder, PushQueries pushes, ObjectReaders objects, WakeUps wakeUps)
{
    /// <summary>Branches that become the default one before others when the first push has several.</summary>
    private static readonly string[] UsualDefaults = ["main", "master"];

    /// <summary>Makes the push accepted (with its trigger events) or refused. Safe to repeat, and to be done by two at once.</summary>
    public async Task SettleAsync(NpgsqlConnection connection, RepositoryId repository, ProposedPush push, IReadOnlySet<string> moved)
    {
        await ChooseDefaultBranchAsync(connection, repository, push.Commands, moved);
        if (await pushes.SettleAsync(connection, push.Id, push.Commands.Select(command => command.Ref).Where(moved.Contains)) > 0)
            wakeUps.Signal(TriggerEvents.Channel);
    }

    /// <summary>
    /// Settles what was left of pushes whose server died or lost its database. The caller holds the repository's lock.
    /// </summary>
    /// <returns>False when a git left over from such a server still works: come back later.</returns>
    public async Task<bool> SettleLeftoversAsync(NpgsqlConnection connection, RepositoryId repository, CancellationToken cancellationToken)
    {
        var left = await pushes.ProposedAsync(connection, repository);
        if (left.Count == 0)
            return true;
        using var still = folder.TryHoldStill(repository);
        if (still is null)
            return false;
        foreach (var push in left)
            await SettleAsync(connection, repository, push, await LookAtRefsAsync(repository, push, cancellationToken));
        return true;
    }

    /// <summary>Which refs are where the push wanted them. True of refs that moved only while nobody else moves them: under the repository's lock.</summary>
    public async Task<IReadOnlySet<string>> LookAtRefsAsync(RepositoryId repository, ProposedPush push, CancellationToken cancellationToken)
    {
        var now = await folder.ReadRefsAsync(repository, push.Commands.Select(command => command.Ref), cancellationToken);
        return push.Commands
            .Where(command => command.Old != command.New && now.GetValueOrDefault(command.Ref, ObjectName.Zero) == command.New)
            .Select(command => command.Ref)
            .ToHashSet(StringComparer.Ordinal);
    }

    // A repository's first push may bring other branches than the one that was announced when it was created: clones would find a HEAD that points nowhere.
    private async Task ChooseDefaultBranchAsync(NpgsqlConnection connection, RepositoryId repository, IReadOnlyList<PushCommand> commands, IReadOnlySet<string> moved)
    {
        var created = commands.Where(command => command.Creates && moved.Contains(command.Ref)).Select(command => RefName.BranchOf(command.Ref)).OfType<string>().ToList();
        if (created.Count == 0)
            return;
        var announced = await connection.QuerySingleAsync<string>("select default_branch from repositories where id = @Repository", new { Repository = repository });
        if (created.Contains(announced) || await BranchExistsAsync(repository, announced))
            return;
        var all = await folder.ReadBranchesAsync(repository, CancellationToken.None);
        if (all.Except(created).Any())
            return;

        var chosen = UsualDefaults.FirstOrDefault(created.Contains) ?? created[0];
        await folder.SetHeadAsync(repository, chosen, CancellationToken.None);
        await connection.ExecuteAsync(
            "update repositories set default_branch = @chosen where id = @Repository and default_branch = @announced",
            new { Repository = repository, chosen, announced });
    }

    private Task<bool> BranchExistsAsync(RepositoryId repository, string branch) =>
        objects.UseAsync(repository, async reader => await reader.ReadAsync(RefName.Heads + branch, maxBytes: 0, CancellationToken.None) is not ObjectRead.Missing);
}
