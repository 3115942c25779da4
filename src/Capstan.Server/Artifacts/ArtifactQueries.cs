using Capstan.Server.Audit;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;

namespace Capstan.Server.Artifacts;

/// <summary>An artifact that is, or was, there.</summary>
/// <param name="BlobId">Null once it has expired.</param>
/// <param name="Backend">Null once it has expired.</param>
internal sealed record ArtifactRow(
    long Id,
    RepositoryId RepositoryId,
    OrganizationId OrganizationId,
    RunId RunId,
    int RunAttempt,
    JobId JobId,
    string Repository,
    string Name,
    string ArtifactType,
    string ContentType,
    Guid? BlobId,
    string? Backend,
    long SizeBytes,
    byte[] Sha256,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt)
{
    public string Sha256Text => Convert.ToHexStringLower(Sha256);

    public bool IsExpired => BlobId is null;
}

/// <summary>Reading and deleting artifacts, for people and for pages. Thread-safe.</summary>
internal sealed class ArtifactQueries(Database database, BlobIndex blobs, AuditLog audit)
{
    public const string Select = """
        select a.id, a.repository_id, r.organization_id, a.run_id, t.attempt as run_attempt, e.job_id, o.path || '/' || r.path as repository, a.name, a.artifact_type, a.content_type,
               b.id as blob_id, b.backend, a.size_bytes, a.sha256, a.created_at, a.expires_at
          from actions_artifacts a
          join actions_run_attempts t on t.id = a.attempt_id
          join actions_job_executions e on e.id = a.job_execution_id
          join repositories r on r.id = a.repository_id
          join organizations o on o.id = r.organization_id
          left join blobs b on b.id = a.blob_id and b.state = 'committed'
        """;

    /// <summary>The newest attempt's of each name; attempts have growing ids.</summary>
    internal const string OfRunByName = $"""
        {Select}
         where a.id in (
               select distinct on (n.name) n.id from actions_artifacts n
                where n.run_id = @Run and n.state = 'available' and (@Name::text is null or n.name = @Name)
                order by n.name, n.attempt_id desc)
         order by a.name
        """;

    internal const string OfRun = $"{Select} where a.run_id = @Run and a.id > @After and a.repository_id = @Repository and a.state <> 'pending' order by a.id limit @Limit";

    internal const string ById = $"{Select} where a.id = @Id and a.repository_id = @Repository and a.state <> 'pending'";

    public async Task<IReadOnlyList<ArtifactRow>> ListAsync(RepositoryId repository, RunId run, long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<ArtifactRow>(new CommandDefinition(
            OfRun, new { Repository = repository, Run = run, After = after, Limit = limit }, cancellationToken: cancellationToken))];
    }

    public Task<ArtifactRow?> FindAsync(RepositoryId repository, long id, CancellationToken cancellationToken) =>
        database.ReadSingleOrDefaultAsync<ArtifactRow>(ById, new { Id = id, Repository = repository }, cancellationToken);

    /// <summary>Idempotent.</summary>
    public Task DeleteAsync(ArtifactRow artifact, Principal by, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            if (await connection.ExecuteAsync("delete from actions_artifacts where id = @Id", new { artifact.Id }) == 0)
                return;
            if (artifact.BlobId is { } blob)
                await blobs.ReleaseAsync(connection, [new BlobId(blob)]);
            await audit.WriteAsync(connection, new AuditEntry(by, "artifact.delete", artifact.Name)
            {
                OrganizationId = artifact.OrganizationId,
                RepositoryId = artifact.RepositoryId,
                Detail = new Dictionary<string, string?> { ["run"] = artifact.RunId.Value.ToString() },
            });
        },
        cancellationToken);
}
