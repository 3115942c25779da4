using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;

namespace Capstan.Server.Secrets;

/// <summary>Whose secrets or variables: a repository's, or those that an organization shares with all its repositories.</summary>
internal sealed record SecretOwner
{
    private SecretOwner(long id, string table, string column, OrganizationId organization, RepositoryId? repository)
    {
        Id = id;
        Table = table;
        Column = column;
        Organization = organization;
        Repository = repository;
    }

    public long Id { get; }

    /// <summary>Where the owner's own row is.</summary>
    public string Table { get; }

    /// <summary>The column of <c>actions_secrets</c> and <c>actions_variables</c> that names the owner.</summary>
    public string Column { get; }

    public OrganizationId Organization { get; }

    public RepositoryId? Repository { get; }

    public bool IsRepository => Repository is not null;

    public static SecretOwner Of(AccessedRepository repository) => new(repository.Id.Value, "repositories", "repository_id", repository.OrganizationId, repository.Id);

    public static SecretOwner Of(AccessedOrganization organization) => new(organization.Id.Value, "organizations", "organization_id", organization.Id, repository: null);

    public AuditEntry Audit(Principal by, string action, string name) => new(by, action, name) { OrganizationId = Organization, RepositoryId = Repository };
}
