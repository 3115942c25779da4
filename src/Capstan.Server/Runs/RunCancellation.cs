using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Npgsql;

namespace Capstan.Server.Runs;

/// <summary>What became of the wish to end a run.</summary>
internal enum CancelResult
{
    Requested,

    /// <summary>Somebody else asked for it before; nothing changed.</summary>
    AlreadyRequested,

    /// <summary>The run has ended; nothing changed.</summary>
    AlreadyCompleted,
    NotFound,
}

/// <summary>Asks for the end of a run. Thread-safe.</summary>
internal sealed class RunCancellation(Database database, RunDriver driver, AuditLog auditLog, WakeUps wakeUps)
{
    /// <summary>By somebody who may: the run must be of the repository that the right is for. Audited.</summary>
    public Task<CancelResult> CancelAsync(AccessedRepository repository, RunId run, Principal by, CancellationToken cancellationToken)
    {
        var entry = new AuditEntry(by, "run.cancel", $"{repository.Owner}/{repository.Path} run {run.Value}") { OrganizationId = repository.OrganizationId, RepositoryId = repository.Id };
        var user = by as UserPrincipal;
        var reason = user is null ? "A job cancelled the run." : $"{user.Username} cancelled the run.";
        return CancelAsync(run, repository.Id, reason, user?.Id, connection => auditLog.WriteAsync(connection, entry), cancellationToken);
    }

    /// <param name="reason">For people, with who asked.</param>
    /// <param name="by">Null: the server itself.</param>
    /// <param name="audit">Written in the same transaction.</param>
    public Task<CancelResult> CancelAsync(RunId run, string reason, UserId? by, Func<NpgsqlConnection, Task> audit, CancellationToken cancellationToken) =>
        CancelAsync(run, repository: null, reason, by, audit, cancellationToken);

    private async Task<CancelResult> CancelAsync(
        RunId run, RepositoryId? repository, string reason, UserId? by, Func<NpgsqlConnection, Task> audit, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> channels = [];
        var result = await database.Jobs.InTransactionAsync(
            async connection =>
            {
                var row = await RunDriver.LockAsync(connection, run, cancellationToken);
                switch (row)
                {
                    case null: return CancelResult.NotFound;
                    case { Repository: var its } when repository is { } wanted && its != wanted: return CancelResult.NotFound;
                    case { Status: Status.Completed }: return CancelResult.AlreadyCompleted;
                    case { State.CancelRequested: true }: return CancelResult.AlreadyRequested;
                }

                channels = await driver.HandleAsync(connection, row, new RunEvent.CancelRequested(reason), cancellationToken);
                await SignAsync(connection, row.Attempt, by, cancellationToken);
                await audit(connection);
                return CancelResult.Requested;
            },
            cancellationToken);
        foreach (var channel in channels)
        {
            wakeUps.Signal(channel);
        }

        return result;
    }

    private static async Task SignAsync(NpgsqlConnection connection, AttemptId attempt, UserId? by, CancellationToken cancellationToken)
    {
        if (by is { } user)
        {
            await using var command = new NpgsqlCommand("update actions_run_attempts set cancelled_by = $2 where id = $1", connection)
            {
                Parameters = { new() { Value = attempt.Value }, new() { Value = user.Value } },
            };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
