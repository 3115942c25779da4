using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Deployments;

/// <summary>An environment that a repository has, as it was first named.</summary>
internal sealed record StoredEnvironment(EnvironmentId Id, string Name);

/// <summary>Keeps the environments of repositories: the first job, secret or variable that names one makes it. Thread-safe.</summary>
internal sealed class EnvironmentStore(Database database, AuditLog audit, TimeProvider clock)
{
    /// <summary>Expressions can name as many as they like; a job that names one more still runs, and there is just nothing kept for it.</summary>
    public const int MaxOfRepository = 1_000;

    internal const string FindSql = "select id, name from environments where repository_id = @Repository and lower(name) = lower(@Name)";

    // In the order of names, so that two runs that name the same ones do not wait for each other in a circle.
    private const string OfJobsSql = """
        insert into environments (repository_id, name, created_at)
        select r.repository_id, n.name, $3
          from actions_workflow_runs r cross join (select distinct on (lower(u.name)) u.name from unnest($2::text[]) u (name) order by lower(u.name)) n
         where r.id = $1 and r.trust = 'full' and not exists (select from environments e where e.repository_id = r.repository_id and lower(e.name) = lower(n.name))
           and (select count(*) from environments e where e.repository_id = r.repository_id) < $4
         order by lower(n.name)
        on conflict (repository_id, lower(name)) do nothing
        """;

    /// <summary>Adds to a batch what makes the environments of jobs that have just come into being. A run that is not trusted makes none.</summary>
    public static void AddOfJobs(NpgsqlBatch batch, RunId run, string[] names, DateTimeOffset now) => batch.BatchCommands.Add(new NpgsqlBatchCommand(OfJobsSql)
    {
        Parameters = { new() { Value = run.Value }, new() { Value = names }, new() { Value = now.UtcDateTime }, new() { Value = MaxOfRepository } },
    });

    public async Task<StoredEnvironment?> FindAsync(RepositoryId repository, string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await FindAsync(connection, repository, name);
    }

    public async Task<IReadOnlyList<EnvironmentResponse>> ListAsync(RepositoryId repository, long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return (await connection.QueryAsync<EnvironmentResponse>(new CommandDefinition(
            "select id, name, created_at from environments where repository_id = @Repository and id > @After order by id limit @Limit",
            new { Repository = repository.Value, After = after, Limit = limit },
            cancellationToken: cancellationToken))).AsList();
    }

    /// <param name="name">Checked by <see cref="Workflows.Settings.EnvironmentSettings.NameProblem"/>.</param>
    /// <returns>Null: there is none of this name, and there are as many as there may be.</returns>
    public Task<StoredEnvironment?> FindOrMakeAsync(AccessedRepository repository, string name, Principal by, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            if (await FindAsync(connection, repository.Id, name) is { } known)
                return known;

            // The repository's row orders those who make one, so that two at once cannot both take the last place.
            await connection.ExecuteAsync("select from repositories where id = @Id for no key update", new { Id = repository.Id.Value });
            var made = await connection.QuerySingleOrDefaultAsync<long?>(
                """
                insert into environments (repository_id, name, created_at)
                select @Repository, @Name, @Now where (select count(*) from environments where repository_id = @Repository) < @Limit
                on conflict (repository_id, lower(name)) do nothing returning id
                """,
                new { Repository = repository.Id.Value, Name = name, Now = clock.GetUtcNow(), Limit = MaxOfRepository });

            // None may also mean that a run was faster.
            if (made is not { } id)
                return await FindAsync(connection, repository.Id, name);
            await audit.WriteAsync(
                connection, new AuditEntry(by, "environment.create", name) { OrganizationId = repository.OrganizationId, RepositoryId = repository.Id });
            return new StoredEnvironment(new EnvironmentId(id), name);
        },
        cancellationToken);

    private static async Task<StoredEnvironment?> FindAsync(NpgsqlConnection connection, RepositoryId repository, string name) =>
        await connection.QuerySingleOrDefaultAsync<(long Id, string Name)?>(FindSql, new { Repository = repository.Value, Name = name }) is var (id, its)
            ? new StoredEnvironment(new EnvironmentId(id), its)
            : null;
}
