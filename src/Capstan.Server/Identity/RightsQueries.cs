using Capstan.Server.Data;

namespace Capstan.Server.Identity;

/// <summary>What a caller may do with a repository or an organization: the higher of what the organization's role, the repository's role and its visibility give.</summary>
public sealed class RightsQueries(Database database)
{
    /// <summary>
    /// An integer, the value of <see cref="Right"/>, for a row <c>r</c> of repositories and the parameters <c>@UserId</c> (bigint, null: anonymous) and
    /// <c>@IsAdmin</c>; both come from <see cref="Caller"/>. A guest of the organization gets nothing from that for a private repository.
    /// </summary>
    public const string RepositoryRight = """
        case when @IsAdmin then 4 else greatest(
            case when r.visibility = 'public' or (r.visibility = 'internal' and @UserId is not null) then 1 else 0 end,
            coalesce((select case om.role when 'owner' then 4 when 'maintainer' then 3 when 'developer' then 2 else 0 end
                        from organization_members om where om.organization_id = r.organization_id and om.user_id = @UserId), 0),
            coalesce((select case rm.role when 'maintainer' then 3 when 'developer' then 2 else 1 end
                        from repository_members rm where rm.repository_id = r.id and rm.user_id = @UserId), 0)) end
        """;

    /// <summary>The same for a row <c>o</c> of organizations; a guest reads.</summary>
    public const string OrganizationRight = """
        case when @IsAdmin then 4 else
            coalesce((select case om.role when 'owner' then 4 when 'maintainer' then 3 when 'developer' then 2 else 1 end
                        from organization_members om where om.organization_id = o.id and om.user_id = @UserId), 0) end
        """;

    private const string SelectRepository = $"""
        select r.id, r.organization_id, o.path as owner, r.path, r.name, r.default_branch, r.visibility, {RepositoryRight} as "right"
          from repositories r join organizations o on o.id = r.organization_id
        """;

    // Both steps go over unique indexes: slugs by its key, the repository by (organization, lower(path)) or by its redirect.
    internal const string FindByName = $"""
        {SelectRepository}
         where r.id = (select coalesce(
                   (select f.id from repositories f where f.organization_id = s.organization_id and lower(f.path) = lower(@Repository)),
                   (select d.repository_id from repository_redirects d where d.organization_id = s.organization_id and d.path = lower(@Repository)))
                  from slugs s where s.slug = lower(@Owner))
        """;

    internal const string FindOrganizationByName = $"""
        select o.id, o.path, o.name, o.description, {OrganizationRight} as "right"
          from organizations o where o.id = (select s.organization_id from slugs s where s.slug = lower(@Owner))
        """;

    /// <summary>The parameters <c>@UserId</c> and <c>@IsAdmin</c> of the expressions above.</summary>
    public static (long? UserId, bool IsAdmin) Caller(Principal principal) =>
        principal is UserPrincipal user ? (user.Id.Value, user.IsAdmin) : (null, false);

    /// <returns>Null when there is none; a right of <see cref="Right.None"/> when the caller may not know of it.</returns>
    public async Task<AccessedRepository?> FindRepositoryAsync(Principal principal, string owner, string repository, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = Caller(principal);
        var found = await database.ReadSingleOrDefaultAsync<AccessedRepository>(
            FindByName, new { Owner = owner, Repository = repository, UserId = userId, IsAdmin = isAdmin }, cancellationToken);
        return ForJob(principal, found);
    }

    /// <summary>The same by a number and the statement that leads from it to a repository's id.</summary>
    public async Task<AccessedRepository?> FindRepositoryAsync(Principal principal, string sql, long id, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = Caller(principal);
        var found = await database.ReadSingleOrDefaultAsync<AccessedRepository>(
            $"{SelectRepository} where r.id = ({sql})", new { Id = id, UserId = userId, IsAdmin = isAdmin }, cancellationToken);
        return ForJob(principal, found);
    }

    /// <inheritdoc cref="FindRepositoryAsync(Principal,string,string,CancellationToken)"/>
    public Task<AccessedOrganization?> FindOrganizationAsync(Principal principal, string owner, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = Caller(principal);
        return database.ReadSingleOrDefaultAsync<AccessedOrganization>(
            FindOrganizationByName, new { Owner = owner, UserId = userId, IsAdmin = isAdmin }, cancellationToken);
    }

    // A job reads or writes its own repository as its permissions say, and sees others as anybody does.
    private static AccessedRepository? ForJob(Principal principal, AccessedRepository? found)
    {
        if (found is null || principal is not JobPrincipal job || job.RepositoryId != found.Id)
            return found;
        var right = job.MayWriteContents ? Right.Write : job.MayReadContents ? Right.Read : Right.None;
        return right > found.Right ? found with { Right = right } : found;
    }
}
