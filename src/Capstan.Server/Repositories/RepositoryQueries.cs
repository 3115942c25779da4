using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Repositories;

/// <summary>The SQL of repositories. What a caller may see is decided in the statements themselves.</summary>
internal sealed class RepositoryQueries(Database database, TimeProvider clock)
{
    private const string Columns = """
        select v.id, v.owner, v.path, v.description, v.visibility, v.default_branch, v."right", v.created_at, v.updated_at
        """;

    // Keyset paging by id: a page costs its rows, however many repositories were before it.
    private const string Visible = $"""
        {Columns}
          from (select r.id, o.path as owner, r.path, r.description, r.visibility, r.default_branch, r.created_at, r.updated_at, {RightsQueries.RepositoryRight} as "right"
                  from repositories r join organizations o on o.id = r.organization_id
                 where r.id > @After and (@Organization::bigint is null or r.organization_id = @Organization)) v
         where v."right" > 0
         order by v.id
         limit @Limit
        """;

    private const string One = $"""
        {Columns}
          from (select r.id, o.path as owner, r.path, r.description, r.visibility, r.default_branch, r.created_at, r.updated_at, {RightsQueries.RepositoryRight} as "right"
                  from repositories r join organizations o on o.id = r.organization_id where r.id = @Id) v
        """;

    private const string Insert = """
        insert into repositories (organization_id, name, path, description, default_branch, visibility, created_at, updated_at)
        values (@Organization, @Name, @Name, @Description, @DefaultBranch, @Visibility, @Now, @Now)
        on conflict do nothing
        returning id
        """;

    /// <summary>Repositories that the caller may see, oldest first.</summary>
    public async Task<IReadOnlyList<RepositoryRow>> ListVisibleAsync(Principal caller, OrganizationId? organization, long after, int limit, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = RightsQueries.Caller(caller);
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<RepositoryRow>(new CommandDefinition(
            Visible, new { After = after, Limit = limit, Organization = organization?.Value, UserId = userId, IsAdmin = isAdmin }, cancellationToken: cancellationToken))];
    }

    public Task<RepositoryRow?> FindAsync(Principal caller, RepositoryId id, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = RightsQueries.Caller(caller);
        return database.ReadSingleOrDefaultAsync<RepositoryRow>(One, new { Id = id, UserId = userId, IsAdmin = isAdmin }, cancellationToken);
    }

    /// <returns>Null when the organization has a repository of that name.</returns>
    public async Task<RepositoryId?> InsertAsync(
        NpgsqlConnection connection, OrganizationId organization, string name, string? description, string visibility, string defaultBranch)
    {
        // A repository that had this name before and was renamed is no longer found by it.
        await connection.ExecuteAsync("delete from repository_redirects where organization_id = @Organization and path = lower(@Name)", new { Organization = organization, Name = name });
        return await connection.QuerySingleOrDefaultAsync<RepositoryId?>(
            Insert, new { Organization = organization, Name = name, Description = description, DefaultBranch = defaultBranch, Visibility = visibility, Now = clock.GetUtcNow() });
    }
}

internal sealed record RepositoryRow(
    RepositoryId Id,
    string Owner,
    string Path,
    string? Description,
    string Visibility,
    string DefaultBranch,
    int Right,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);
