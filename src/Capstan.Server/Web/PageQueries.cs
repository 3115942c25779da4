using Capstan.Contracts;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;

namespace Capstan.Server.Web;

/// <summary>Reads lists for pages: bounded, over indexes, and filtered by what the visitor may see in the statement itself.</summary>
public sealed class PageQueries(Database database)
{
    public const int RunsPerPage = 30;

    /// <summary>Repositories on the first page; a visitor who sees more finds the others by their address.</summary>
    public const int RepositoriesOnHome = 100;

    internal const string SelectRun = """
        select r.id, o.path as owner, p.path as repository, w.name as workflow, w.path as workflow_path, r.run_number, r.title, r.event, r.ref, r.head_sha, u.username as actor,
               r.status, r.conclusion, r.reason, r.created_at, r.started_at, r.completed_at
        """;

    internal const string FromRun = """
          join actions_workflows w on w.id = r.workflow_id
          join users u on u.id = r.actor_id
          join repositories p on p.id = r.repository_id
          join organizations o on o.id = p.organization_id
        """;

    private const string SelectRepositories = $"""
        select r.id, o.path as owner, r.path, r.description, r.visibility
          from repositories r join organizations o on o.id = r.organization_id
         where {RightsQueries.RepositoryRight} >= 1
         order by r.updated_at desc limit @Limit
        """;

    // The newest of each repository by its index, then the newest of those: never a walk through the runs of repositories that the visitor may not see.
    private const string SelectNewestRuns = $"""
        {SelectRun}
          from unnest(@Repositories) as visible (id)
          cross join lateral (select * from actions_workflow_runs x where x.repository_id = visible.id order by x.id desc limit @Limit) r
        {FromRun}
         order by r.id desc limit @Limit
        """;

    private const string SelectRunsOfRepository = $"""
        {SelectRun}
          from (select * from actions_workflow_runs x where x.repository_id = @Repository and (@Before::bigint is null or x.id < @Before) order by x.id desc limit @Limit) r
        {FromRun}
         order by r.id desc
        """;

    public async Task<HomeModel> HomeAsync(Principal visitor, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = RightsQueries.Caller(visitor);
        await using var connection = await database.OpenAsync(cancellationToken);
        var repositories = (await connection.QueryAsync<RepositoryLine>(new CommandDefinition(
            SelectRepositories, new { UserId = userId, IsAdmin = isAdmin, Limit = RepositoriesOnHome }, cancellationToken: cancellationToken))).AsList();
        var runs = await connection.QueryAsync<RunRow>(new CommandDefinition(
            SelectNewestRuns, new { Repositories = repositories.Select(repository => repository.Id).ToArray(), Limit = RunsPerPage }, cancellationToken: cancellationToken));
        return new HomeModel(repositories, [.. runs.Select(run => run.ToLine())]);
    }

    /// <param name="before">Only runs with smaller ids: the older ones.</param>
    public async Task<RunsModel> RunsAsync(AccessedRepository repository, long? before, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = (await connection.QueryAsync<RunRow>(new CommandDefinition(
            SelectRunsOfRepository, new { Repository = repository.Id.Value, Before = before, Limit = RunsPerPage + 1 }, cancellationToken: cancellationToken))).AsList();
        var page = rows.Take(RunsPerPage).Select(row => row.ToLine()).ToArray();
        return new RunsModel(repository, page, rows.Count > RunsPerPage ? page[^1].Id : null);
    }

    internal sealed record RunRow(
        long Id, string Owner, string Repository, string Workflow, string WorkflowPath, long RunNumber, string Title, string Event, string Ref, string HeadSha, string Actor,
        string Status, string? Conclusion, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? CompletedAt)
    {
        public RunLine ToLine() => new(
            Id, Owner, Repository, Workflow, WorkflowPath, RunNumber, Title, Event, Ref, HeadSha, Actor, StatusNames.ParseStatus(Status), ConclusionOf(Conclusion), Reason,
            CreatedAt, StartedAt, CompletedAt);
    }

    internal static Conclusion? ConclusionOf(string? name) => name is null ? null : StatusNames.ParseConclusion(name);
}
