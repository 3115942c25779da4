using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Repositories;

/// <summary>What came of locking or unlocking.</summary>
internal abstract record BranchLockResult
{
    private BranchLockResult()
    {
    }

    /// <summary>How the branch is now, whether or not that is a change.</summary>
    public sealed record Done(BranchLockResponse Lock) : BranchLockResult;

    public sealed record NoSuchBranch : BranchLockResult;

    /// <summary>A push in progress did not end in time.</summary>
    public sealed record Busy : BranchLockResult;
}

/// <summary>Locks branches against every push, the locker's and a job's included, and unlocks them.</summary>
/// <remarks>Taken under the repository's lock that pushes hold: once a branch is said to be locked, no push that began before moves it any more.</remarks>
internal sealed class BranchLocks(Database database, RepositoryLock repositoryLock, GitFolder folder, AuditLog audit, TimeProvider clock)
{
    private const string LockBranch = """
        insert into branches (repository_id, name, is_locked, locked_by, locked_at, created_at, updated_at)
        values (@Repository, @Branch, true, @User, @Now, @Now, @Now)
        on conflict (repository_id, name) do update set is_locked = true, locked_by = @User, locked_at = @Now, updated_at = @Now
        where not branches.is_locked
        """;

    private const string UnlockBranch = """
        update branches set is_locked = false, locked_by = null, locked_at = null, updated_at = @Now
         where repository_id = @Repository and name = @Branch and is_locked
        """;

    private const string Locks = """
        select b.name as branch, true as locked, u.username as locked_by, b.locked_at
          from branches b join users u on u.id = b.locked_by
         where b.repository_id = @Repository and b.is_locked and (@Branch::text is null or b.name = @Branch)
         order by b.name
        """;

    /// <summary>A push holds the repository for as long as git needs to take its pack.</summary>
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(30);

    public async Task<IReadOnlyList<BranchLockResponse>> ListAsync(RepositoryId repository, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await ReadAsync(connection, repository, branch: null);
    }

    public Task<BranchLockResult> LockAsync(AccessedRepository repository, string branch, UserPrincipal by, CancellationToken cancellationToken) =>
        ChangeAsync(repository, branch, by, LockBranch, "branch.lock", mustExist: true, cancellationToken);

    public Task<BranchLockResult> UnlockAsync(AccessedRepository repository, string branch, UserPrincipal by, CancellationToken cancellationToken) =>
        ChangeAsync(repository, branch, by, UnlockBranch, "branch.unlock", mustExist: false, cancellationToken);

    private async Task<BranchLockResult> ChangeAsync(
        AccessedRepository repository, string branch, UserPrincipal by, string statement, string action, bool mustExist, CancellationToken cancellationToken)
    {
        if (!RefName.IsValidBranch(branch))
            return new BranchLockResult.NoSuchBranch();
        await using var turn = await repositoryLock.TryTakeAsync(repository.Id, LockWait, cancellationToken);
        if (turn is null)
            return new BranchLockResult.Busy();
        if (mustExist && (await folder.ReadRefsAsync(repository.Id, [RefName.Heads + branch], cancellationToken)).Count == 0)
            return new BranchLockResult.NoSuchBranch();

        await using var transaction = await turn.Connection.BeginTransactionAsync(cancellationToken);
        var changed = await turn.Connection.ExecuteAsync(
            statement, new { Repository = repository.Id, Branch = branch, User = by.Id, Now = clock.GetUtcNow() });
        if (changed > 0)
        {
            await audit.WriteAsync(turn.Connection, new AuditEntry(by, action, branch)
            {
                OrganizationId = repository.OrganizationId,
                RepositoryId = repository.Id,
            });
        }

        var now = await ReadAsync(turn.Connection, repository.Id, branch);
        await transaction.CommitAsync(cancellationToken);
        return new BranchLockResult.Done(now.Count > 0 ? now[0] : new BranchLockResponse(branch, Locked: false, LockedBy: null, LockedAt: null));
    }

    private static async Task<IReadOnlyList<BranchLockResponse>> ReadAsync(NpgsqlConnection connection, RepositoryId repository, string? branch) =>
        [.. await connection.QueryAsync<BranchLockResponse>(Locks, new { Repository = repository, Branch = branch })];
}
