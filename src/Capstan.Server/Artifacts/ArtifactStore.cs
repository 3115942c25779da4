using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Artifacts;

internal abstract record CreateArtifactResult
{
    private CreateArtifactResult()
    {
    }

    public sealed record Created(long Id) : CreateArtifactResult;

    /// <summary>The attempt has one of this name, and nobody said to overwrite it.</summary>
    public sealed record Exists : CreateArtifactResult;

    /// <summary>The job or the run has as many as there may be.</summary>
    public sealed record LimitReached(string Detail) : CreateArtifactResult;
}

internal abstract record CommitArtifactResult
{
    private CommitArtifactResult()
    {
    }

    public sealed record Committed(ArtifactRow Artifact) : CommitArtifactResult;

    /// <summary>Another job of the attempt has the name; this upload is gone.</summary>
    public sealed record Exists : CommitArtifactResult;

    public sealed record NotAssembled(AssembleResult Why) : CommitArtifactResult;
}

/// <summary>What jobs do with artifacts. Bytes move outside of transactions; what they are becomes visible in one. Thread-safe.</summary>
internal sealed class ArtifactStore(Database database, BlobIndex blobs, JobUploads uploads, ServerOptions options, TimeProvider clock)
{
    /// <summary>
    /// The counts may miss what other calls insert at this moment: the limits are kept to within that. Pending ones count for their job, so that beginning without
    /// end has an end.
    /// </summary>
    internal const string FindPlaceSql = """
        select e.repository_id, j.run_id, j.attempt_id,
               exists (select from actions_artifacts a where a.attempt_id = j.attempt_id and a.name = @Name and a.state = 'available') as name_taken,
               (select count(*)::int from actions_artifacts a where a.job_execution_id = e.id) as of_job,
               (select count(*)::int from actions_artifacts a where a.attempt_id = j.attempt_id and a.state = 'available') as of_run
          from actions_job_executions e join actions_jobs j on j.id = e.job_id
         where e.id = @Execution
        """;

    public Task<CreateArtifactResult> CreateAsync(ExecutionId execution, CreateArtifactRequest request, CancellationToken cancellationToken) =>
        database.InTransactionAsync<CreateArtifactResult>(
            async connection =>
            {
                var place = await connection.QuerySingleAsync<Place>(FindPlaceSql, new { Execution = execution.Value, request.Name });
                if (place.NameTaken && !request.Overwrite)
                    return new CreateArtifactResult.Exists();
                if (place.OfJob >= ArtifactProtocol.MaxPerJob)
                    return new CreateArtifactResult.LimitReached($"A job uploads at most {ArtifactProtocol.MaxPerJob} artifacts.");
                if (place.OfRun >= ArtifactProtocol.MaxPerRun)
                    return new CreateArtifactResult.LimitReached($"A run has at most {ArtifactProtocol.MaxPerRun} artifacts.");
                var now = clock.GetUtcNow();
                var asked = TimeSpan.FromDays(Math.Min(request.RetentionDays ?? int.MaxValue, options.ArtifactRetention.TotalDays));
                return new CreateArtifactResult.Created(await connection.QuerySingleAsync<long>(
                    """
                    insert into actions_artifacts (repository_id, run_id, attempt_id, job_execution_id, name, artifact_type, content_type, overwrite, state, blob_id, created_at, expires_at)
                    values (@RepositoryId, @RunId, @AttemptId, @Execution, @Name, @Type, @ContentType, @Overwrite, 'pending', @Blob, @Now, @Expires) returning id
                    """,
                    new
                    {
                        place.RepositoryId,
                        place.RunId,
                        place.AttemptId,
                        Execution = execution.Value,
                        request.Name,
                        Type = request.ArtifactType ?? ArtifactRules.DefaultType,
                        ContentType = request.ContentType ?? ArtifactProtocol.Zip,
                        request.Overwrite,
                        Blob = (await blobs.BeginAsync(connection)).Value,
                        Now = now,
                        Expires = now + asked,
                    }));
            },
            cancellationToken);

    /// <summary>Idempotent: a commit that was answered, or whose answer was lost, is answered the same.</summary>
    public async Task<CommitArtifactResult> CommitAsync(ExecutionId execution, long id, CommitUploadRequest request, CancellationToken cancellationToken)
    {
        var assembled = await uploads.AssembleAsync(ArtifactRules.Upload, execution, id, request, cancellationToken);
        if (assembled is AssembleResult.Assembled ready)
        {
            if (!await PublishAsync(id, ready, cancellationToken))
            {
                await uploads.DropAsync(ArtifactRules.Upload, id, ready.Blob, cancellationToken);
                return new CommitArtifactResult.Exists();
            }
        }
        else if (assembled is not AssembleResult.AlreadyCommitted)
        {
            return new CommitArtifactResult.NotAssembled(assembled);
        }

        return await FindAsync(execution, id, cancellationToken) is { } artifact
            ? new CommitArtifactResult.Committed(artifact)
            : new CommitArtifactResult.NotAssembled(new AssembleResult.NotFound());
    }

    /// <summary>Those that a job may see, the newest attempt's of each name, by name.</summary>
    public async Task<IReadOnlyList<ArtifactRow>> ListAsync(RunId run, string? name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<ArtifactRow>(new CommandDefinition(ArtifactQueries.OfRunByName, new { Run = run, Name = name }, cancellationToken: cancellationToken))];
    }

    private async Task<ArtifactRow?> FindAsync(ExecutionId execution, long id, CancellationToken cancellationToken) =>
        await database.ReadSingleOrDefaultAsync<ArtifactRow>(
            $"{ArtifactQueries.Select} where a.id = @Id and a.job_execution_id = @Execution and a.state <> 'pending'", new { Id = id, Execution = execution.Value }, cancellationToken);

    /// <returns>False: the name is another artifact's.</returns>
    private Task<bool> PublishAsync(long id, AssembleResult.Assembled ready, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            // The attempt's row orders commits within the attempt, so that of two with one name the second sees the first.
            var pending = await connection.QuerySingleOrDefaultAsync<PendingRow>(
                """
                select a.attempt_id, a.name, a.overwrite from actions_artifacts a join actions_run_attempts t on t.id = a.attempt_id
                 where a.id = @Id and a.state = 'pending' for no key update of t
                """,
                new { Id = id });

            // Not pending any more: the same commit was sent twice at once, and the other one was faster.
            if (pending is null)
                return true;
            if (pending.Overwrite)
                await ReplaceAsync(connection, pending);
            else if (await connection.QuerySingleAsync<bool>($"select exists (select {InTheWay})", pending))
                return false;
            if (!await blobs.CommitAsync(connection, ready.Blob, ready.Stored))
                throw new InvalidOperationException($"The upload of artifact {id} took so long that its blob was swept.");
            await connection.ExecuteAsync(
                "update actions_artifacts set state = 'available', size_bytes = @SizeBytes, sha256 = @Sha256 where id = @Id and state = 'pending'",
                new { Id = id, ready.Stored.SizeBytes, Sha256 = ready.Stored.Sha256.ToArray() });
            return true;
        },
        cancellationToken);

    private async Task ReplaceAsync(NpgsqlConnection connection, PendingRow pending)
    {
        var replaced = await connection.QueryAsync<Guid>($"delete {InTheWay} returning blob_id", pending);
        await blobs.ReleaseAsync(connection, [.. replaced.Select(blob => new BlobId(blob))]);
    }

    private const string InTheWay = "from actions_artifacts where attempt_id = @AttemptId and name = @Name and state = 'available'";

    private sealed record Place(RepositoryId RepositoryId, RunId RunId, AttemptId AttemptId, bool NameTaken, int OfJob, int OfRun);

    private sealed record PendingRow(AttemptId AttemptId, string Name, bool Overwrite);
}
