using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
using Capstan.Testing;
using Capstan.Workflows.Definitions;
using Dapper;
using Npgsql;

namespace Capstan.Server.Tests.Jobs;

/// <summary>A server with an organization, a repository, and whatever runs and runners a test wants. Background loops do not run unless it says so.</summary>
public sealed class JobWorld : IAsyncDisposable
{
    public const string OneJob = """
        on: push
        jobs:
          build:
            runs-on: linux
            steps:
              - run: echo hello
        """;

    private int last;

    private JobWorld(TestServer server)
    {
        Server = server;
        Seeds = new Seeds(server.ConnectionString);
    }

    public TestServer Server { get; }

    public Seeds Seeds { get; }

    public UserId User { get; private set; }

    public OrganizationId Organization { get; private set; }

    public RepositoryId Repository { get; private set; }

    internal Completion Completion => Server.Get<Completion>();

    internal Leases Leases => Server.Get<Leases>();

    internal JobQueue Queue => Server.Get<JobQueue>();

    public static async Task<JobWorld> StartAsync(Func<ServerOptions, ServerOptions>? configure = null)
    {
        var world = new JobWorld(await TestServer.StartAsync(configure));
        world.User = new UserId(await world.Seeds.UserAsync("alice"));
        world.Organization = new OrganizationId(await world.Seeds.OrganizationAsync("acme", world.User.Value));
        world.Repository = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "tools"));
        return world;
    }

    /// <param name="called">By their paths, the files of the same commit that the workflow calls.</param>
    public async Task<CreatedRun> RunAsync(
        string yaml, string path = ".github/workflows/ci.yml", RepositoryId? repository = null, IReadOnlyDictionary<string, string>? called = null, bool restricted = false)
    {
        var created = await Server.Database.Jobs.InTransactionAsync(connection => CreateAsync(connection, yaml, path, repository, called, restricted));
        foreach (var channel in created.WakeUps)
        {
            Server.Get<WakeUps>().Signal(channel);
        }

        return created;
    }

    /// <summary>A run in the transaction of the caller, who wakes nobody.</summary>
    public async Task<CreatedRun> CreateAsync(
        NpgsqlConnection connection, string yaml, string path, RepositoryId? repository = null, IReadOnlyDictionary<string, string>? called = null, bool restricted = false)
    {
        var files = (called ?? new Dictionary<string, string>()).Select(file => new CalledFile(new WorkflowReference(null, file.Key, null), new LoadedWorkflow.Found(file.Value))).ToList();
        var read = WorkflowReader.Read(path, yaml, WorkflowReadOptions.Default with { LoadWorkflow = CalledFiles.Read(CalledFiles.Write(files)) });
        var trigger = await connection.ExecuteScalarAsync<long>(
            """
            insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at)
            values (@Repository, 'push', 'refs/heads/main', 'abc', @User, '{"forced":false}', 'processed', '2026-01-01Z', '2026-01-01Z', '2026-01-01Z') returning id
            """,
            new { Repository = (repository ?? Repository).Value, User = User.Value });
        return await Server.Get<RunCreator>().CreateAsync(
            connection,
            new NewRun
            {
                Repository = repository ?? Repository,
                WorkflowPath = path,
                BlobSha = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(yaml))),
                YamlContent = yaml,
                Definition = read.Definition,
                Diagnostics = read.Diagnostics,
                Called = files,
                TriggerEvent = new TriggerEventId(trigger),
                Event = "push",
                Payload = JsonDocument.Parse("{}").RootElement,
                Ref = "refs/heads/main",
                HeadSha = "abc",
                Actor = User,
                Restricted = restricted,
            },
            default);
    }

    /// <param name="everything">False: the test assigns it itself.</param>
    public async Task<RunnerId> RunnerAsync(string[]? labels = null, int slots = 100, bool everything = true)
    {
        var id = await ScalarAsync<long>(
            """
            insert into actions_runners (name, hostname, credential_hash, labels, operating_system, architecture, docker_enabled, slots, protocol_version, created_at, last_heartbeat_at)
            values ('runner-' || @N, 'host', @Hash, @Labels, 'Linux', 'X64', false, @Slots, 1, @Now, @Now) returning id
            """,
            new { N = ++last, Hash = BitConverter.GetBytes(last), Labels = (labels ?? ["linux"]).Order(StringComparer.Ordinal).ToArray(), Slots = slots, Now });
        if (everything)
        {
            await AssignAsync(new RunnerId(id), "global");
        }

        return new RunnerId(id);
    }

    public Task AssignAsync(RunnerId runner, string target, OrganizationId? organization = null, RepositoryId? repository = null) => ScalarAsync<long>(
        "insert into actions_runner_assignments (runner_id, target_type, organization_id, repository_id, assigned_at) values (@Runner, @Target, @O, @R, @Now) returning id",
        new { Runner = runner.Value, Target = target, O = organization?.Value, R = repository?.Value, Now });

    /// <summary>What a runner's poll gets that waits for nothing. Everything queued is offered to it: what it may have is the claim's own decision.</summary>
    internal async Task<Claim?> ClaimAsync(RunnerId runner) => (await ClaimManyAsync(runner)).SingleOrDefault();

    internal async Task<IReadOnlyList<Claim>> ClaimManyAsync(params RunnerId[] runners)
    {
        var demands = (await SetsAsync()).Select(set => new Demand(set, new RunnerScopeSet(true, [], []), runners.Length)).ToList();
        var candidates = await Queue.CandidatesAsync(demands, runners.Length, default);
        return await Queue.ClaimAsync([.. candidates.Zip(runners, (candidate, runner) => (candidate.Execution, runner))], default);
    }

    public async Task<long[]> SetsAsync() => [.. (await QueryAsync<long>("select id from actions_label_sets"))];

    internal async Task<ExecutionKey> ClaimedAsync(RunnerId runner)
    {
        var claim = await ClaimAsync(runner) ?? throw new InvalidOperationException("Nothing is queued for this runner.");
        return new ExecutionKey(claim.Execution, claim.Runner, claim.FencingToken);
    }

    internal Task<CompleteResult> EndAsync(ExecutionKey key, Conclusion conclusion = Conclusion.Success, params (string Name, string Value)[] outputs) => Completion.CompleteAsync(
        key,
        new CompleteRequest(conclusion, null, outputs.ToDictionary(o => o.Name, o => o.Value), [], [], new Dictionary<int, long>()),
        default);

    internal Task<bool> StartFirstStepAsync(ExecutionKey key) => Server.Get<StepReports>().StoreAsync(
        key, new StepsRequest([new StepReport(1, "Run echo hello", Status.InProgress, null, null, Now, null)], []), default);

    /// <summary><c>job=status/conclusion</c> of all jobs of a run.</summary>
    public async Task<string> JobsAsync(CreatedRun run) => string.Join(' ', await QueryAsync<string>(
        "select name || '=' || coalesce(conclusion, status) from actions_jobs where run_id = @Id order by id", new { Id = run.Id.Value }));

    public Task<string> RunStateAsync(CreatedRun run) =>
        ScalarAsync<string>("select status || '/' || coalesce(conclusion, '') from actions_workflow_runs where id = @Id", new { Id = run.Id.Value });

    /// <summary>An environment of the repository.</summary>
    public async Task<EnvironmentId> EnvironmentAsync(string name) => new(await ScalarAsync<long>(
        "insert into environments (repository_id, name, name_key, created_at) values (@Repository, @Name, @Key, @Now) returning id",
        new { Repository = Repository.Value, Name = name, Key = EnvironmentStore.KeyOf(name), Now }));

    /// <summary>So many environments of the repository: e1, e2, ….</summary>
    public Task EnvironmentsAsync(int count) => ScalarAsync<object>(
        "insert into environments (repository_id, name, name_key, created_at) select @Repository, 'e' || n, 'E' || n, @Now from generate_series(1, @Count) n",
        new { Repository = Repository.Value, Count = count, Now });

    public async Task<T> ScalarAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Server.Database.OpenAsync();
        return (await connection.ExecuteScalarAsync<T>(sql, parameters))!;
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = await Server.Database.OpenAsync();
        return [.. await connection.QueryAsync<T>(sql, parameters)];
    }

    /// <summary>After a cut: whether connections of all pools work. Each pool is renewed by the first one that is found broken.</summary>
    public async Task<bool> DatabaseWorksAsync()
    {
        try
        {
            await Task.WhenAll(new[] { Server.Database, Server.Database.Jobs }.SelectMany(pool => Enumerable.Range(0, 10).Select(_ => pool.ReadSingleOrDefaultAsync<int>("select 1"))));
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private DateTimeOffset Now => Server.Get<TimeProvider>().GetUtcNow();
}
