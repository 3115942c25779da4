using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
using Capstan.Server.Secrets;
using Capstan.Server.Tests.Data;
using Capstan.Server.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Deployments;

/// <summary>Which environment a job is of, and what its runner is told because of that. How a name is evaluated is tested where it is decided.</summary>
public sealed class JobEnvironmentsTests
{
    private const string Deploy = """
        on: push
        jobs:
          first: { runs-on: linux, steps: [{ run: a }] }
          deploy:
            needs: first
            runs-on: linux
            environment: { name: '${{ needs.first.outputs.to }}', url: 'https://x' }
            steps: [{ run: a }]
        """;

    [Fact]
    public async Task The_environment_of_a_job_is_known_when_its_needs_have_results_and_the_repository_has_it_from_then_on()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync(Deploy);
        Assert.Equal(["deploy deploy -", "first build -"], await RowsAsync(world, run));
        Assert.Empty(await EnvironmentsAsync(world));

        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("to", "Live"));

        Assert.Equal(["deploy deploy Live", "first build -"], await RowsAsync(world, run));
        Assert.Equal(["Live"], await EnvironmentsAsync(world));
    }

    [Fact]
    public async Task Each_leg_has_its_own_and_names_are_one_whatever_their_case()
    {
        await using var world = await JobWorld.StartAsync();
        await world.EnvironmentAsync("Known");
        var run = await world.RunAsync("""
            on: push
            jobs:
              a:
                strategy: { matrix: { to: [live, test, '', KNOWN, LIVE] } }
                runs-on: linux
                environment: { name: '${{ matrix.to }}', deployment: "${{ matrix.to != 'test' }}" }
                steps: [{ run: a }]
            """);

        Assert.Equal(
            ["a (live) deploy live", "a (test) build test", "a build -", "a (KNOWN) deploy KNOWN", "a (LIVE) deploy LIVE"], await RowsAsync(world, run));
        Assert.Equal(["Known", "live", "test"], await EnvironmentsAsync(world));
    }

    [Fact]
    public async Task Secrets_and_variables_of_the_environment_go_before_the_repositorys_and_those_before_the_organizations_and_other_jobs_get_none_of_them()
    {
        await using var world = await JobWorld.StartAsync();
        await SetEverywhereAsync(world, await world.EnvironmentAsync("live"));

        Assert.Equal("A=environment B=repository C=organization D=environment", Show(await MessageAsync(world, "LIVE")));
        Assert.Equal("A=repository B=repository C=organization", Show(await MessageAsync(world, "test")));
        Assert.Equal("A=repository B=repository C=organization", Show(await MessageAsync(world, "''")));
    }

    [Fact]
    public async Task A_job_gets_what_is_set_when_it_is_claimed()
    {
        await using var world = await JobWorld.StartAsync();
        var live = Owner(world, await world.EnvironmentAsync("live"));
        await SetAsync(world, live, "A", "1");
        Assert.Equal("A=1", Show(await MessageAsync(world, "live")));
        await SetAsync(world, live, "A", "2");
        Assert.Equal("A=2", Show(await MessageAsync(world, "live")));
        await world.Server.Get<SecretStore>().DeleteAsync(live, "A", AnonymousPrincipal.Instance, default);
        await world.Server.Get<VariableStore>().DeleteAsync(live, "A", AnonymousPrincipal.Instance, default);
        Assert.Equal("", Show(await MessageAsync(world, "live")));
    }

    [Fact]
    public async Task A_run_that_is_not_trusted_gets_nothing_of_an_environment_and_makes_none()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Owner(world, await world.EnvironmentAsync("live")), "A", "1");

        Assert.Equal("", Show(await MessageAsync(world, "live", restricted: true)));
        Assert.Equal("", Show(await MessageAsync(world, "another", restricted: true)));
        Assert.Equal(["live"], await EnvironmentsAsync(world));
    }

    [Fact]
    public async Task An_environment_of_the_same_name_in_another_repository_gives_nothing()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Owner(world, await world.EnvironmentAsync("live")), "A", "1");
        var other = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "other"));

        Assert.Equal("", Show(await MessageAsync(world, "live", repository: other)));
    }

    [Fact]
    public async Task A_called_job_gets_the_secrets_of_its_environment_also_when_its_caller_passes_none_on()
    {
        await using var world = await JobWorld.StartAsync();
        await SetEverywhereAsync(world, await world.EnvironmentAsync("live"));
        await world.RunAsync(
            "on: push\njobs: { call: { uses: ./.github/workflows/called.yml } }",
            called: new Dictionary<string, string>
            {
                [".github/workflows/called.yml"] = "on: workflow_call\njobs: { it: { runs-on: linux, environment: live, steps: [{ run: a }] } }",
            });

        var secrets = (await ClaimAsync(world)).Secrets;

        Assert.Equal(["A=environment", "D=environment"], secrets.Where(s => s.Key != "GITHUB_TOKEN").Select(s => $"{s.Key}={s.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("live", "https://example.org/v1", "https://example.org/v1")]
    [InlineData("live", "javascript:alert(1)", null)]
    [InlineData("live", null, null)]
    [InlineData("''", "https://example.org/v1", null)]
    public async Task The_address_that_a_runner_tells_is_kept_when_it_is_one(string environment, string? told, string? kept)
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(OneJob(environment));
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var end = new CompleteRequest(Conclusion.Success, null, new Dictionary<string, string>(), [], [], new Dictionary<int, long>(), EnvironmentUrl: told);

        await world.Completion.CompleteAsync(key, end, default);

        Assert.Equal(kept, Assert.Single(await world.Server.Get<RunQueries>().JobsAsync(run.Id, default)).EnvironmentUrl);
    }

    [Fact]
    public async Task Beyond_the_limit_a_job_runs_and_makes_no_environment()
    {
        await using var world = await JobWorld.StartAsync();
        await world.EnvironmentsAsync(EnvironmentStore.MaxOfRepository);

        var run = await world.RunAsync(OneJob("one-more"));

        Assert.Equal(["a deploy one-more"], await RowsAsync(world, run));
        Assert.Equal(EnvironmentStore.MaxOfRepository, await world.ScalarAsync<int>("select count(*)::int from environments"));
    }

    [Fact]
    public async Task Runs_that_name_the_same_environments_at_once_do_not_stand_in_each_others_way()
    {
        await using var world = await JobWorld.StartAsync();
        static string Matrix(IEnumerable<int> numbers) => $"""
            on: push
            jobs: {"{"} a: {"{"} strategy: {"{"} matrix: {"{"} n: [{string.Join(", ", numbers)}] {"}"} {"}"}, runs-on: linux, environment: 'e${"{{"} matrix.n {"}}"}', steps: [{"{"} run: a {"}"}] {"}"} {"}"}
            """;

        var up = Enumerable.Range(100, 50).ToList();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => world.RunAsync(Matrix(n % 2 == 0 ? up : up.AsEnumerable().Reverse()), $".github/workflows/{n}.yml")));

        Assert.Equal(50, (await EnvironmentsAsync(world)).Count);
    }

    [Fact]
    public async Task Runs_of_one_event_name_environments_in_any_order_and_nobody_waits_for_their_end()
    {
        await using var world = await JobWorld.StartAsync();
        await world.Server.Database.Jobs.InTransactionAsync(async connection =>
        {
            await world.CreateAsync(connection, OneJob("b"), ".github/workflows/1.yml");
            await world.RunAsync("""
                on: push
                jobs: { a: { strategy: { matrix: { to: [a, b] } }, runs-on: linux, environment: '${{ matrix.to }}', steps: [{ run: a }] } }
                """);
            await world.CreateAsync(connection, OneJob("a"), ".github/workflows/2.yml");
        });

        Assert.Equal(["a", "b"], await EnvironmentsAsync(world));
    }

    [Fact]
    public async Task Environments_that_a_repository_has_are_asked_for_once()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(OneJob("live"));
        await world.ScalarAsync<object>("delete from environments");
        await world.RunAsync(OneJob("LIVE"));
        Assert.Empty(await EnvironmentsAsync(world));
    }

    [Fact]
    public async Task Of_more_legs_than_there_are_places_the_first_get_them()
    {
        await using var world = await JobWorld.StartAsync();
        await world.EnvironmentsAsync(EnvironmentStore.MaxOfRepository - 1);

        await world.RunAsync("""
            on: push
            jobs: { a: { strategy: { matrix: { to: [e1, z, y, x] } }, runs-on: linux, environment: '${{ matrix.to }}', steps: [{ run: a }] } }
            """);

        Assert.Equal(EnvironmentStore.MaxOfRepository, await world.ScalarAsync<int>("select count(*)::int from environments"));
        Assert.Equal(["z"], await world.QueryAsync<string>("select name from environments where name !~ '^e'"));
    }

    [Theory]
    [InlineData("Größe", "GRÖßE")]
    [InlineData("Ünternehmen", "ünternehmen")]
    [InlineData("Київ", "КИЇВ")]
    public async Task Case_does_not_matter_in_any_alphabet_and_any_database(string name, string otherwise)
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Owner(world, await world.EnvironmentAsync(name)), "A", "1");
        Assert.Equal("A=1", Show(await MessageAsync(world, otherwise)));
        Assert.Equal([name], await EnvironmentsAsync(world));
    }

    [Fact]
    public void Names_have_one_key_when_local_runs_take_them_for_one()
    {
        for (var letter = char.MinValue; letter < char.MaxValue; letter++)
        {
            foreach (var other in (char[])[char.ToUpperInvariant(letter), char.ToLowerInvariant(letter)])
            {
                var (one, two) = (letter.ToString(), other.ToString());
                Assert.Equal(one.Equals(two, StringComparison.OrdinalIgnoreCase), EnvironmentStore.KeyOf(one) == EnvironmentStore.KeyOf(two));
            }
        }
    }

    [Fact]
    public async Task Finding_an_environment_scans_no_table()
    {
        await using var database = await ServerDatabase.CreateAsync();
        var plan = await QueryPlan.OfAsync(database.ConnectionString, EnvironmentStore.FindSql, ("Repository", 1L), ("Key", "LIVE"));
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private static string OneJob(string environment) => $"on: push\njobs: {{ a: {{ runs-on: linux, environment: {environment}, steps: [{{ run: a }}] }} }}";

    private static Task<IReadOnlyList<string>> RowsAsync(JobWorld world, CreatedRun run) => world.QueryAsync<string>(
        "select name || ' ' || job_type || ' ' || coalesce(environment, '-') from actions_jobs where run_id = @Id order by job_key, matrix_index", new { Id = run.Id.Value });

    private static Task<IReadOnlyList<string>> EnvironmentsAsync(JobWorld world) => world.QueryAsync<string>("select name from environments order by name_key");

    private static SecretOwner Owner(JobWorld world, EnvironmentId environment) => SecretOwner.Of(Repository(world), new StoredEnvironment(environment, "live"));

    private static AccessedRepository Repository(JobWorld world) => new(world.Repository, world.Organization, "acme", "tools", "tools", "main", "private", Right.Own);

    private static async Task SetEverywhereAsync(JobWorld world, EnvironmentId live)
    {
        var organization = SecretOwner.Of(new AccessedOrganization(world.Organization, "acme", "acme", null, Right.Own));
        foreach (var (owner, value, names) in new[] { (organization, "organization", "ABC"), (SecretOwner.Of(Repository(world)), "repository", "AB"), (Owner(world, live), "environment", "AD") })
        {
            foreach (var name in names)
                await SetAsync(world, owner, name.ToString(), value);
        }
    }

    /// <summary>As a secret and as a variable.</summary>
    private static async Task SetAsync(JobWorld world, SecretOwner owner, string name, string value)
    {
        await world.Server.Get<SecretStore>().SetAsync(owner, name, value, AnonymousPrincipal.Instance, default);
        await world.Server.Get<VariableStore>().SetAsync(owner, name, value, AnonymousPrincipal.Instance, default);
    }

    private static async Task<JobMessage> MessageAsync(JobWorld world, string environment, bool restricted = false, RepositoryId? repository = null)
    {
        await world.RunAsync(OneJob(environment), repository: repository, restricted: restricted);
        return await ClaimAsync(world);
    }

    private static async Task<JobMessage> ClaimAsync(JobWorld world) =>
        await world.Server.Get<JobMessages>().BuildAsync((await world.ClaimAsync(await world.RunnerAsync()))!, default);

    /// <summary>The secrets, after a look that the variables are the same.</summary>
    private static string Show(JobMessage message)
    {
        var secrets = message.Secrets.Where(secret => secret.Key != "GITHUB_TOKEN").Select(secret => $"{secret.Key}={secret.Value}").Order(StringComparer.Ordinal).ToList();
        var variables = message.Contexts.GetProperty("vars").EnumerateObject().Select(variable => $"{variable.Name}={variable.Value}").Order(StringComparer.Ordinal);
        Assert.Equal(secrets, variables);
        return string.Join(' ', secrets);
    }
}
