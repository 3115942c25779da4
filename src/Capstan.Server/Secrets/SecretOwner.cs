using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Identity;

namespace Capstan.Server.Secrets;

/// <summary>Whose secrets or variables: a repository's, those of one of its environments, or those that an organization shares with all its repositories.</summary>
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

    /// <summary>The environment's name; null for other owners.</summary>
    public string? Environment { get; private init; }

    public required int MaxSecrets { get; init; }

    public required int MaxVariables { get; init; }

    public static SecretOwner Of(AccessedRepository repository) => new(repository.Id.Value, "repositories", "repository_id", repository.OrganizationId, repository.Id)
    {
        MaxSecrets = SecretRules.MaxSecretsOfRepository,
        MaxVariables = SecretRules.MaxVariablesOfRepository,
    };

    public static SecretOwner Of(AccessedOrganization organization) => new(organization.Id.Value, "organizations", "organization_id", organization.Id, repository: null)
    {
        MaxSecrets = SecretRules.MaxSecretsOfOrganization,
        MaxVariables = SecretRules.MaxVariablesOfOrganization,
    };

    /// <param name="repository">That of the environment.</param>
    public static SecretOwner Of(AccessedRepository repository, StoredEnvironment environment) =>
        new(environment.Id.Value, "environments", "environment_id", repository.OrganizationId, repository.Id)
        {
            Environment = environment.Name,
            MaxSecrets = SecretRules.MaxSecretsOfEnvironment,
            MaxVariables = SecretRules.MaxVariablesOfEnvironment,
        };

    public AuditEntry Audit(Principal by, string action, string name) => new(by, action, name)
    {
        OrganizationId = Organization,
        RepositoryId = Repository,
        Detail = Environment is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["environment"] = Environment },
    };
}
