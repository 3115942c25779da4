using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Capstan.Server.Runners;

/// <summary>Whose jobs: everybody's, an organization's or a repository's. Both ids null: everybody's.</summary>
public sealed record RunnerScope(OrganizationId? Organization, RepositoryId? Repository, string Name)
{
    public const string GlobalName = "global";

    public static readonly RunnerScope Global = new(null, null, GlobalName);

    /// <summary>As in the column <c>target_type</c>.</summary>
    public string TargetType => Repository is not null ? "repository" : Organization is not null ? "organization" : GlobalName;
}

public abstract record ScopeResult
{
    private ScopeResult()
    {
    }

    public sealed record Found(RunnerScope Scope) : ScopeResult;

    public sealed record Refused(ProblemHttpResult Problem) : ScopeResult;
}

/// <summary>Finds the scope that a caller names, if the caller may manage runners there: administrators everywhere, maintainers in what they maintain.</summary>
public sealed class RunnerScopes(RightsQueries rights)
{
    public async Task<ScopeResult> FindAsync(UserPrincipal user, string? owner, string? repository, Right needs, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(owner))
        {
            return string.IsNullOrEmpty(repository) && user.IsAdmin ? new ScopeResult.Found(RunnerScope.Global)
                : string.IsNullOrEmpty(repository)
                    ? new ScopeResult.Refused(Problems.Forbidden(
                        "Only an administrator manages the runners of everybody. Name an owner, or an owner and a repository."))
                : new ScopeResult.Refused(Problems.Invalid("A repository needs its owner."));
        }

        if (string.IsNullOrEmpty(repository))
        {
            var organization = await rights.FindOrganizationAsync(user, owner, cancellationToken);
            return AccessDecisions.Refuse(user, organization?.Right ?? Right.None, needs) is { } refusal
                ? new ScopeResult.Refused(refusal)
                : new ScopeResult.Found(new RunnerScope(organization!.Id, null, organization.Path));
        }

        var found = await rights.FindRepositoryAsync(user, owner, repository, cancellationToken);
        return AccessDecisions.Refuse(user, found?.Right ?? Right.None, needs) is { } refused
            ? new ScopeResult.Refused(refused)
            : new ScopeResult.Found(new RunnerScope(null, found!.Id, $"{found.Owner}/{found.Path}"));
    }
}
