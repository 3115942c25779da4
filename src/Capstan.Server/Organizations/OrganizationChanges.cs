using Capstan.Contracts;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Organizations;

/// <summary>Makes organizations and changes who belongs to them.</summary>
public sealed class OrganizationChanges(Database database, AuditLog audit, TimeProvider clock)
{
    public const int MaxNameLength = 100;
    public const int MaxDescriptionLength = 1000;

    public static readonly IReadOnlyList<string> Roles = ["owner", "maintainer", "developer", "guest"];

    /// <summary>The user becomes the organization's owner and first member.</summary>
    public async Task<CreateOrganizationResult> CreateAsync(UserPrincipal by, string path, string? name, string? description, CancellationToken cancellationToken)
    {
        if (Slugs.Refuse(path) is { } refusal)
            return new CreateOrganizationResult.Refused(refusal.Code, refusal.Detail);
        if ((name ?? path).Length is 0 or > MaxNameLength || description is { Length: > MaxDescriptionLength })
            return new CreateOrganizationResult.Refused(ErrorCodes.Invalid, $"A name has 1 to {MaxNameLength} characters, a description at most {MaxDescriptionLength}.");
        return await database.InTransactionAsync<CreateOrganizationResult>(
            async connection =>
            {
                const string sql = """
                    insert into organizations (name, path, description, owner_id, created_at, updated_at) values (@Name, @Path, @Description, @Owner, @Now, @Now)
                    on conflict (lower(path)) do nothing returning id
                    """;
                var parameters = new { Name = name ?? path, Path = path, Description = description, Owner = by.Id, Now = clock.GetUtcNow() };
                if (await connection.QuerySingleOrDefaultAsync<OrganizationId?>(sql, parameters) is not { } id)
                    return NameTaken(path);
                if (!await Slugs.TryTakeAsync(connection, path, id))
                {
                    await connection.ExecuteAsync("delete from organizations where id = @Id", new { Id = id });
                    return NameTaken(path);
                }

                await connection.ExecuteAsync(
                    "insert into organization_members (organization_id, user_id, role, joined_at) values (@Id, @Owner, 'owner', @Now)", new { Id = id, parameters.Owner, parameters.Now });
                await audit.WriteAsync(connection, new AuditEntry(by, "organization.create", path) { OrganizationId = id });
                return new CreateOrganizationResult.Created(id);
            },
            cancellationToken);
    }

    /// <summary>Adds a member or changes the role. Only an owner makes and unmakes owners; the last owner stays one.</summary>
    public Task<ChangeMemberResult> SetMemberAsync(Principal by, AccessedOrganization organization, string username, string role, CancellationToken cancellationToken) =>
        ChangeAsync(by, organization, username, role, cancellationToken);

    /// <summary>Takes a member out, who may also be the caller.</summary>
    public Task<ChangeMemberResult> RemoveMemberAsync(Principal by, AccessedOrganization organization, string username, CancellationToken cancellationToken) =>
        ChangeAsync(by, organization, username, role: null, cancellationToken);

    private Task<ChangeMemberResult> ChangeAsync(Principal by, AccessedOrganization organization, string username, string? role, CancellationToken cancellationToken) =>
        database.InTransactionAsync(
            async connection =>
            {
                // The organization's row orders changes of its members, so that two owners cannot unmake each other at once.
                await connection.ExecuteAsync("select 1 from organizations where id = @Id for update", new { organization.Id });
                var member = await FindAsync(connection, organization.Id, username);
                if (member is null || (role is null && member.Role is null))
                    return new ChangeMemberResult.NoSuchUser();
                if ((role == "owner" || member.Role == "owner") && organization.Right < Right.Own)
                    return new ChangeMemberResult.OnlyOwners();
                if (member.Role == "owner" && role != "owner" && member.Owners == 1)
                    return new ChangeMemberResult.LastOwner();
                await WriteAsync(connection, organization.Id, member.UserId, role);
                await audit.WriteAsync(connection, new AuditEntry(by, role is null ? "organization.member.remove" : "organization.member.set", username)
                {
                    OrganizationId = organization.Id,
                    Detail = new Dictionary<string, string?> { ["role"] = role, ["old_role"] = member.Role },
                });
                return (ChangeMemberResult)new ChangeMemberResult.Changed();
            },
            cancellationToken);

    private static Task<MemberRow?> FindAsync(NpgsqlConnection connection, OrganizationId organization, string username) =>
        connection.QuerySingleOrDefaultAsync<MemberRow>(
            """
            select u.id as user_id,
                   (select m.role from organization_members m where m.organization_id = @Organization and m.user_id = u.id) as role,
                   (select count(*)::int from organization_members m where m.organization_id = @Organization and m.role = 'owner') as owners
              from users u where lower(u.username) = lower(@Username)
            """,
            new { Organization = organization, Username = username });

    private Task WriteAsync(NpgsqlConnection connection, OrganizationId organization, UserId user, string? role) => connection.ExecuteAsync(
        role is null
            ? "delete from organization_members where organization_id = @Organization and user_id = @User"
            : """
              insert into organization_members (organization_id, user_id, role, joined_at) values (@Organization, @User, @Role, @Now)
              on conflict (organization_id, user_id) do update set role = excluded.role
              """,
        new { Organization = organization, User = user, Role = role, Now = clock.GetUtcNow() });

    private static CreateOrganizationResult.Refused NameTaken(string path) => new(ErrorCodes.NameTaken, $"The name '{path}' is taken by a user or an organization.");

    private sealed record MemberRow(UserId UserId, string? Role, int Owners);
}

public abstract record CreateOrganizationResult
{
    private CreateOrganizationResult()
    {
    }

    public sealed record Created(OrganizationId Id) : CreateOrganizationResult;

    /// <param name="Code">invalid, name_taken or name_reserved.</param>
    public sealed record Refused(string Code, string Detail) : CreateOrganizationResult;
}

public abstract record ChangeMemberResult
{
    private ChangeMemberResult()
    {
    }

    public sealed record Changed : ChangeMemberResult;

    /// <summary>There is no such user, or (to be removed) no such member.</summary>
    public sealed record NoSuchUser : ChangeMemberResult;

    public sealed record OnlyOwners : ChangeMemberResult;

    public sealed record LastOwner : ChangeMemberResult;
}
