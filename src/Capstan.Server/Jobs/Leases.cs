using Capstan.Server.Data;
using Capstan.Server.Runs;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>What a renewal came to.</summary>
public abstract record RenewResult
{
    private RenewResult()
    {
    }

    public sealed record Renewed(bool Cancel, string? CancelReason) : RenewResult;

    /// <summary>Another runner holds the job, or it has ended: nothing was changed.</summary>
    public sealed record Lost : RenewResult;
}

/// <summary>Renews leases, and holds the call open so that a cancellation reaches the runner at once. Thread-safe.</summary>
internal sealed class Leases(Database database, WakeUps wakeUps, ServerOptions options, TimeProvider clock)
{
    /// <summary>A lease that has run out is renewed too: as long as nobody has ended the execution it is its runner's.</summary>
    private const string RenewSql = """
        update actions_job_executions set lease_until = $4
        where id = $1 and runner_id = $2 and fencing_token = $3 and status = 'in_progress'
        returning cancel_reason
        """;

    private const string LookSql = """
        select cancel_reason from actions_job_executions where id = $1 and runner_id = $2 and fencing_token = $3 and status = 'in_progress'
        """;

    /// <summary>Extends the lease at once, then answers when a cancellation comes or <paramref name="wait"/> has passed.</summary>
    /// <param name="stopping">The server stops: the answer is given without waiting any longer.</param>
    /// <remarks>Idempotent. The key fences: a stale runner changes nothing.</remarks>
    public async Task<RenewResult> RenewAsync(ExecutionKey key, TimeSpan wait, CancellationToken cancellationToken, CancellationToken stopping = default)
    {
        using var wakeUp = wakeUps.Subscribe(RunChannels.Of(key.Execution));

        // Answered in time for several more renewals, whatever the length of the lease: the runner asks again at once.
        var longest = options.LeaseLength / 4;
        var until = clock.GetUtcNow() + (wait < longest ? wait : longest);
        var result = await AskAsync(RenewSql, key, (clock.GetUtcNow() + options.LeaseLength).UtcDateTime, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        while (result is RenewResult.Renewed { Cancel: false } && until - clock.GetUtcNow() is var left && left > TimeSpan.Zero)
        {
            try
            {
                await wakeUp.WaitAsync(left, either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return result;
            }

            result = await AskAsync(LookSql, key, leaseUntil: null, cancellationToken);
        }

        return result;
    }

    private async Task<RenewResult> AskAsync(string sql, ExecutionKey key, DateTime? leaseUntil, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = key.Execution.Value }, new() { Value = key.Runner.Value }, new() { Value = key.FencingToken } },
        };
        if (leaseUntil is { } time)
        {
            command.Parameters.Add(new() { Value = time });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return new RenewResult.Lost();
        }

        var reason = reader.IsDBNull(0) ? null : reader.GetString(0);
        return new RenewResult.Renewed(reason is not null, reason);
    }
}
