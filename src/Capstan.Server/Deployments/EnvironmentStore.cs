using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
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

    /// <summary>Names are as many as expressions make; those of a long life must not fill the memory.</summary>
    private const int MaxKept = 10_000;

    internal const string FindSql = "select id, name from environments where repository_id = @Repository and name_key = @Key";

    private const string KnownSql = "select name_key from environments where repository_id = @Repository and name_key = any(@Keys)";

    // The repository's row orders those who make some, so that two at once cannot both take the last place.
    private const string LockSql = "select from repositories where id = @Repository for no key update";

    private const string MakeSql = """
        insert into environments (repository_id, name, name_key, created_at)
        select @Repository, n.name, n.key, @Now from unnest(@Names, @Keys) with ordinality n (name, key, place)
         where not exists (select from environments e where e.repository_id = @Repository and e.name_key = n.key)
         order by n.place limit greatest(0, @Limit - (select count(*) from environments where repository_id = @Repository))
        returning id
        """;

    private readonly ConcurrentDictionary<(RepositoryId Repository, string Key), bool> kept = new();

    /// <summary>Names with one key are one name: as <see cref="StringComparer.OrdinalIgnoreCase"/>, which local runs compare with, and alike in every database.</summary>
    [return: NotNullIfNotNull(nameof(name))]
    public static string? KeyOf(string? name) => name?.ToUpperInvariant();

    /// <summary>Makes those environments of jobs that have just come into being which the repository does not have; beyond its limit none.</summary>
    /// <param name="names">Checked by <see cref="Workflows.Settings.EnvironmentSettings.NameProblem"/>.</param>
    /// <remarks>
    /// They are stored at once, not in the transaction of the jobs: runs that are made together name environments in any order, and would wait for each other in a circle;
    /// and kept names must not be of rows that were rolled back. They stay when the jobs do not, which harms nobody. Environments are never deleted, so what was asked
    /// once is not asked again, also when there was no place for it.
    /// </remarks>
    public async Task MakeOfJobsAsync(RepositoryId repository, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var asked = names.DistinctBy(KeyOf).Where(name => !kept.ContainsKey((repository, KeyOf(name)))).ToArray();
        if (asked.Length == 0)
            return;
        await database.InTransactionAsync(
            async connection =>
            {
                var known = await connection.QueryAsync<string>(KnownSql, new { Repository = repository.Value, Keys = asked.Select(KeyOf).ToArray() });
                if (asked.ExceptBy(known, KeyOf).ToArray() is { Length: > 0 } missing)
                    await MakeAsync(connection, repository, missing);
            },
            cancellationToken);
        if (kept.Count + asked.Length > MaxKept)
            kept.Clear();
        foreach (var name in asked)
            kept[(repository, KeyOf(name))] = true;
    }

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

            // None may also mean that a run was faster.
            if (await MakeAsync(connection, repository.Id, [name]) is not [var id])
                return await FindAsync(connection, repository.Id, name);
            await audit.WriteAsync(
                connection, new AuditEntry(by, "environment.create", name) { OrganizationId = repository.OrganizationId, RepositoryId = repository.Id });
            return new StoredEnvironment(new EnvironmentId(id), name);
        },
        cancellationToken);

    /// <returns>Those that were made, which may be fewer: the transaction's to decide what that means.</returns>
    private async Task<IReadOnlyList<long>> MakeAsync(NpgsqlConnection connection, RepositoryId repository, string[] names)
    {
        await connection.ExecuteAsync(LockSql, new { Repository = repository.Value });
        var made = await connection.QueryAsync<long>(
            MakeSql,
            new { Repository = repository.Value, Names = names, Keys = names.Select(KeyOf).ToArray(), Now = clock.GetUtcNow(), Limit = MaxOfRepository });
        return made.AsList();
    }

    private static async Task<StoredEnvironment?> FindAsync(NpgsqlConnection connection, RepositoryId repository, string name) =>
        await connection.QuerySingleOrDefaultAsync<(long Id, string Name)?>(FindSql, new { Repository = repository.Value, Key = KeyOf(name) }) is var (id, its)
            ? new StoredEnvironment(new EnvironmentId(id), its)
            : null;
}
