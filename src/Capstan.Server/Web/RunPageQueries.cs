using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Logs;
using Dapper;
using Npgsql;

namespace Capstan.Server.Web;

/// <summary>Reads a run for its page: a handful of index reads, however long the history and the log are.</summary>
public sealed class RunPageQueries(Database database, JobLogs jobLogs, LogReader logs)
{
    /// <summary>Lines of the log that are in the page itself; the script fetches others as they are asked for.</summary>
    public const int TailLines = 200;

    private const string SelectRun = $"""
        {PageQueries.SelectRun}, r.run_attempt as attempt, a.id as attempt_id, v.diagnostics::text as diagnostics
          from actions_workflow_runs r
        {PageQueries.FromRun}
          join actions_workflow_versions v on v.id = r.workflow_version_id
          left join actions_run_attempts a on a.run_id = r.id and a.attempt = r.run_attempt
         where r.id = @Run and r.repository_id = @Repository
        """;

    // A node whose legs are not known yet (its needs are open) has its job's row all the same; one without any is shown by what it waits for.
    private const string SelectJobs = """
        select j.id, j.job_key as key, j.name, j.status, j.conclusion, j.reason, coalesce(n.needs, array[]::text[]) as needs, u.name as runner, e.id as execution,
               j.started_at, j.completed_at, j.uses, j.environment, j.environment_url
          from actions_jobs j
          left join actions_job_nodes n on n.attempt_id = j.attempt_id and n.job_key = j.job_key
          left join lateral (select id, runner_id from actions_job_executions where job_id = coalesce(j.reused_from, j.id) order by number desc limit 1) e on true
          left join actions_runners u on u.id = e.runner_id
         where j.attempt_id = @Attempt
         order by n.place || j.matrix_index, j.id
        """;

    private const string SelectSteps = """
        select number, name, status, conclusion, outcome, why, started_at, completed_at, parallel_group, background
          from actions_steps where job_execution_id = @Execution order by number
        """;

    private const string SelectAnnotations = """
        select step, level, message, title, file, line, end_line, col as "column", end_col as end_column
          from actions_annotations where job_execution_id = @Execution order by number
        """;

    /// <summary>Artifacts that a page lists; <c>/v1</c> lists all.</summary>
    private const int MaxArtifacts = 500;

    internal const string SelectArtifacts = """
        select distinct on (name) id, name, size_bytes, expires_at, state = 'expired' as is_expired
          from actions_artifacts where run_id = @Run and state <> 'pending' order by name, attempt_id desc, id desc limit @Limit
        """;

    /// <summary>Summaries that a page shows, as many as one job may have; <c>/v1</c> has those of each job.</summary>
    internal const string SelectSummaries = """
        select j.name as job, s.step, s.markdown
          from actions_jobs j
          cross join lateral (select id from actions_job_executions where job_id = coalesce(j.reused_from, j.id) order by number desc limit 1) e
          join actions_step_summaries s on s.job_execution_id = e.id
         where j.attempt_id = @Attempt
         order by j.id, s.step limit @Limit
        """;

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="job">The job to open; null: the one that a visitor most likely wants.</param>
    /// <param name="step">The step whose log is in the page; null: likewise.</param>
    /// <returns>Null when the repository has no such run.</returns>
    public async Task<RunModel?> RunAsync(AccessedRepository repository, RunId run, long? job, int? step, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<RunRow>(new CommandDefinition(
            SelectRun, new { Run = run.Value, Repository = repository.Id.Value }, cancellationToken: cancellationToken));
        if (row is null)
            return null;
        var jobs = row.AttemptId is { } attempt ? await JobsAsync(connection, attempt, cancellationToken) : [];
        var line = row.ToLine();
        var open = jobs.FirstOrDefault(candidate => candidate.Id == job) ?? MostInteresting(jobs);
        return new RunModel(
            line,
            row.Attempt,
            repository.Right >= Right.Write && line.Status != Status.Completed,
            jobs,
            JsonSerializer.Deserialize<DiagnosticResponse[]>(row.Diagnostics, SnakeCase) ?? [],
            open is null ? null : await OpenAsync(connection, repository.Id, open, step, cancellationToken),
            [.. await connection.QueryAsync<ArtifactLine>(new CommandDefinition(
                SelectArtifacts, new { Run = run.Value, Limit = MaxArtifacts }, cancellationToken: cancellationToken))],
            row.AttemptId is { } newest ? await SummariesAsync(connection, newest, cancellationToken) : []);
    }

    private static async Task<IReadOnlyList<SummaryText>> SummariesAsync(NpgsqlConnection connection, long attempt, CancellationToken cancellationToken) => [..
        await connection.QueryAsync<SummaryText>(new CommandDefinition(
            SelectSummaries, new { Attempt = attempt, Limit = Protocol.MaxSummariesPerJob }, cancellationToken: cancellationToken))];

    /// <summary>What went wrong, else what runs, else the first; of a call rather the called job, which has the log.</summary>
    private static JobLine? MostInteresting(IReadOnlyList<JobLine> jobs)
    {
        var logged = jobs.OrderBy(job => job.Uses is null ? 0 : 1).ToList();
        return logged.Find(job => job.Conclusion is Conclusion.Failure or Conclusion.TimedOut)
            ?? logged.Find(job => job.Status == Status.InProgress)
            ?? logged.FirstOrDefault();
    }

    private static async Task<IReadOnlyList<JobLine>> JobsAsync(NpgsqlConnection connection, long attempt, CancellationToken cancellationToken)
    {
        var rows = (await connection.QueryAsync<JobRow>(new CommandDefinition(SelectJobs, new { Attempt = attempt }, cancellationToken: cancellationToken))).AsList();
        var depths = Depths(rows);
        return [.. rows.Select(row => row.ToLine(depths[row.Key]))];
    }

    private static Dictionary<string, int> Depths(IReadOnlyList<JobRow> rows)
    {
        var needs = rows.GroupBy(row => row.Key).ToDictionary(group => group.Key, group => group.First().Before);
        var depths = needs.Keys.ToDictionary(key => key, _ => 0);

        // A job's needs may stand after it in the file: as often as there are jobs is enough for every order.
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var (key, needed) in needs)
            {
                var depth = needed.Select(need => depths.GetValueOrDefault(need, -1) + 1).DefaultIfEmpty().Max();
                changed |= depth != depths[key] && depth < needs.Count;
                depths[key] = Math.Min(depth, needs.Count);
            }
        }

        return depths;
    }

    private async Task<OpenJob> OpenAsync(NpgsqlConnection connection, RepositoryId repository, JobLine job, int? step, CancellationToken cancellationToken)
    {
        var log = await jobLogs.FindAsync(repository, new JobId(job.Id), cancellationToken);
        if (log?.Execution is not { } execution)
            return new OpenJob(job, [], [], null, "", new Dictionary<int, long>());
        var steps = (await connection.QueryAsync<StepRow>(new CommandDefinition(SelectSteps, new { Execution = execution.Value }, cancellationToken: cancellationToken)))
            .Select(row => row.ToLine()).ToArray();
        var annotations = await connection.QueryAsync<AnnotationRow>(new CommandDefinition(SelectAnnotations, new { Execution = execution.Value }, cancellationToken: cancellationToken));
        var streams = await logs.StreamsAsync(execution, cancellationToken);
        var shown = step ?? MostInteresting(steps);
        var total = streams.FirstOrDefault(stream => stream.Stream == shown)?.Lines ?? 0;
        var from = Math.Max(0, total - TailLines);
        var tail = await logs.ReadLinesAsync(execution, shown, from, TailLines + 1, log.HasEnded, cancellationToken);
        return new OpenJob(
            job,
            steps,
            [.. annotations.Select(row => row.ToResponse())],
            new LogTail(shown, from + 1, total, tail.Lines),
            $"{execution.Value}/{string.Join(',', streams.Select(stream => $"{stream.Stream}:{stream.Lines}"))}",
            streams.ToDictionary(stream => stream.Stream, stream => stream.Lines),
            log.IsExpired);
    }

    /// <summary>The failed step, else the running one, else the last; 0, the job's own log, when there is none.</summary>
    private static int MostInteresting(IReadOnlyList<StepLine> steps) =>
        steps.FirstOrDefault(step => step.Outcome is Conclusion.Failure or Conclusion.TimedOut)?.Number
        ?? steps.LastOrDefault(step => step.Status == Status.InProgress)?.Number
        ?? steps.LastOrDefault(step => step.Conclusion == Conclusion.Success)?.Number
        ?? 0;

    private sealed record RunRow(
        long Id, string Owner, string Repository, string Workflow, string WorkflowPath, long RunNumber, string Title, string Event, string Ref, string HeadSha, string Actor,
        string Status, string? Conclusion, string? Reason, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? CompletedAt,
        int Attempt, long? AttemptId, string Diagnostics)
    {
        public RunLine ToLine() => new PageQueries.RunRow(
            Id, Owner, Repository, Workflow, WorkflowPath, RunNumber, Title, Event, Ref, HeadSha, Actor, Status, Conclusion, Reason, CreatedAt, StartedAt, CompletedAt).ToLine();
    }

    private sealed record JobRow(
        long Id, string Key, string Name, string Status, string? Conclusion, string? Reason, string[] Needs, string? Runner, long? Execution,
        DateTimeOffset? StartedAt, DateTimeOffset? CompletedAt, string? Uses, string? Environment, string? EnvironmentUrl)
    {
        /// <summary>The jobs that it waits for, and the one that called it: <c>deploy</c> of <c>deploy[2]/build</c>.</summary>
        public IReadOnlyList<string> Before => NodeKey.CallerOf(Key) is { } caller ? [.. Needs, caller] : Needs;

        public JobLine ToLine(int depth) => new(
            Id, Key, Name, StatusNames.ParseStatus(Status), PageQueries.ConclusionOf(Conclusion), Reason, Needs, Runner, Execution, StartedAt, CompletedAt,
            depth, Uses, Environment, EnvironmentUrl);
    }

    private sealed record StepRow(
        int Number, string Name, string Status, string? Conclusion, string? Outcome, string? Why, DateTimeOffset? StartedAt, DateTimeOffset? CompletedAt,
        string? ParallelGroup, bool Background)
    {
        public StepLine ToLine() => new(
            Number,
            Name,
            StatusNames.ParseStatus(Status),
            PageQueries.ConclusionOf(Conclusion),
            PageQueries.ConclusionOf(Outcome),
            Why,
            StartedAt,
            CompletedAt,
            new StepGroup(ParallelGroup, Background));
    }

    private sealed record AnnotationRow(int Step, string Level, string Message, string? Title, string? File, int? Line, int? EndLine, int? Column, int? EndColumn)
    {
        public AnnotationResponse ToResponse() => new(Step, Level, Message, Title, File, Line, EndLine, Column, EndColumn);
    }
}
