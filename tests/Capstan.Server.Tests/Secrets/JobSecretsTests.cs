using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Capstan.Server.Secrets;
using Capstan.Server.Tests.Data;
using Capstan.Server.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Secrets;

/// <summary>What a job's message carries of what people have set.</summary>
public sealed class JobSecretsTests
{
    [Fact]
    public async Task A_job_gets_its_organizations_and_its_repositorys_secrets_and_the_repositorys_go_first()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Organization(world), "BOTH", "organization's");
        await SetAsync(world, Organization(world), "SHARED", "shared");
        await SetAsync(world, Repository(world), "BOTH", "repository's");
        var secrets = (await MessageAsync(world)).Secrets;
        Assert.Equal(["BOTH=repository's", "SHARED=shared"], secrets.Where(s => s.Key != "GITHUB_TOKEN").Select(s => $"{s.Key}={s.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_job_gets_what_is_set_when_it_is_claimed()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Repository(world), "A", "1");
        Assert.Equal("1", (await MessageAsync(world)).Secrets["A"]);
        await SetAsync(world, Repository(world), "A", "2");
        Assert.Equal("2", (await MessageAsync(world)).Secrets["A"]);
        await SetAsync(world, Organization(world), "B", "3");
        Assert.Equal("3", (await MessageAsync(world)).Secrets["B"]);
        await world.Server.Get<SecretStore>().DeleteAsync(Repository(world), "A", AnonymousPrincipal.Instance, default);
        Assert.DoesNotContain("A", (await MessageAsync(world)).Secrets.Keys);
    }

    [Fact]
    public async Task Another_repository_gets_none_of_a_repositorys_secrets()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Repository(world), "A", "1");
        await SetAsync(world, Organization(world), "B", "2");
        var other = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "other"));
        Assert.Equal(["B", "GITHUB_TOKEN"], (await MessageAsync(world, repository: other)).Secrets.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_run_that_is_not_trusted_gets_nothing_but_its_own_token()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Repository(world), "A", "1");
        await SetAsync(world, Organization(world), "B", "2");
        Assert.Equal(["GITHUB_TOKEN"], (await MessageAsync(world, trust: "restricted")).Secrets.Keys);
    }

    [Fact]
    public async Task Secrets_once_opened_are_given_again_without_asking_the_database()
    {
        await using var world = await JobWorld.StartAsync();
        await SetAsync(world, Repository(world), "A", "1");
        var secrets = world.Server.Get<JobSecrets>();
        var first = await secrets.OfAsync(world.Repository, 1, default);
        Assert.Same(first, await secrets.OfAsync(world.Repository, 1, default));
        Assert.Empty(await secrets.OfAsync(world.Repository, 0, default));
    }

    [Fact]
    public async Task Opened_secrets_that_no_job_asks_for_do_not_stay_in_memory()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        await SetAsync(world, Repository(world), "A", "1");
        var secrets = world.Server.Get<JobSecrets>();
        await secrets.OfAsync(world.Repository, 1, default);
        clock.Advance(JobSecrets.IdleLimit - TimeSpan.FromMinutes(1));
        await secrets.OfAsync(world.Repository, 1, default);
        clock.Advance(JobSecrets.IdleLimit - TimeSpan.FromMinutes(1));
        Assert.Equal(1, secrets.Count);

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, secrets.Count);
        Assert.Equal("1", (await secrets.OfAsync(world.Repository, 1, default))["A"]);
    }

    [Fact]
    public async Task Of_an_organization_with_very_many_secrets_a_job_gets_the_first_hundred_by_name()
    {
        await using var world = await JobWorld.StartAsync();
        for (var n = 1; n <= SecretRules.MaxOrganizationSecretsOfJob + 1; n++)
            await SetAsync(world, Organization(world), $"S{n:000}", "value");
        var names = (await MessageAsync(world)).Secrets.Keys.Where(name => name != "GITHUB_TOKEN").Order(StringComparer.Ordinal).ToList();
        Assert.Equal(SecretRules.MaxOrganizationSecretsOfJob, names.Count);
        Assert.Equal("S100", names[^1]);
    }

    [Fact]
    public async Task Variables_are_the_context_vars_and_the_repositorys_go_first()
    {
        await using var world = await JobWorld.StartAsync();
        var variables = world.Server.Get<VariableStore>();
        await variables.SetAsync(Organization(world), "both", "organization's", AnonymousPrincipal.Instance, default);
        await variables.SetAsync(Organization(world), "shared", "shared", AnonymousPrincipal.Instance, default);
        await variables.SetAsync(Repository(world), "both", "repository's", AnonymousPrincipal.Instance, default);
        var vars = (await MessageAsync(world)).Contexts.GetProperty("vars");
        Assert.Equal(("repository's", "shared"), (vars.GetProperty("BOTH").GetString(), vars.GetProperty("SHARED").GetString()));
    }

    [Fact]
    public async Task A_condition_of_a_job_sees_variables()
    {
        await using var world = await JobWorld.StartAsync();
        await world.Server.Get<VariableStore>().SetAsync(Repository(world), "wanted", "yes", AnonymousPrincipal.Instance, default);
        var run = await world.RunAsync("""
            on: push
            jobs:
              wanted: { if: vars.WANTED == 'yes', runs-on: linux, steps: [{ run: a }] }
              unwanted: { if: vars.WANTED == 'no', runs-on: linux, steps: [{ run: a }] }
            """);
        Assert.Equal("unwanted=skipped wanted=queued", await world.JobsAsync(run));
    }

    [Fact]
    public async Task Variables_beyond_256_KB_together_are_left_out_the_organizations_first()
    {
        await using var world = await JobWorld.StartAsync();
        var variables = world.Server.Get<VariableStore>();
        var large = new string('x', 40 * 1024);
        for (var n = 1; n <= 4; n++)
        {
            await variables.SetAsync(Repository(world), $"R{n}", large, AnonymousPrincipal.Instance, default);
            await variables.SetAsync(Organization(world), $"A{n}", large, AnonymousPrincipal.Instance, default);
        }

        var vars = (await MessageAsync(world)).Contexts.GetProperty("vars");
        Assert.Equal(["A1", "A2", "R1", "R2", "R3", "R4"], vars.EnumerateObject().Select(variable => variable.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Reading_them_scans_no_table()
    {
        await using var database = await ServerDatabase.CreateAsync();
        var plan = await QueryPlan.OfAsync(database.ConnectionString, JobSecrets.Select, ("Repository", 1L), ("OrganizationLimit", 100));
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        plan = await QueryPlan.OfAsync(database.ConnectionString, JobSecrets.SelectOfEnvironment, ("Environment", 1L));
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        plan = await QueryPlan.OfAsync(
            database.ConnectionString, $"select {VariableStore.OfRun} from repositories p join organizations o on o.id = p.organization_id where p.id = @Id", ("Id", 1L));
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
    }

    private static SecretOwner Repository(JobWorld world) => SecretOwner.Of(
        new AccessedRepository(world.Repository, world.Organization, "acme", "tools", "tools", "main", "private", Right.Own));

    private static SecretOwner Organization(JobWorld world) => SecretOwner.Of(new AccessedOrganization(world.Organization, "acme", "acme", null, Right.Own));

    private static Task<SetResult> SetAsync(JobWorld world, SecretOwner owner, string name, string value) =>
        world.Server.Get<SecretStore>().SetAsync(owner, name, value, AnonymousPrincipal.Instance, default);

    private static async Task<JobMessage> MessageAsync(JobWorld world, string trust = "full", RepositoryId? repository = null)
    {
        var run = await world.RunAsync(JobWorld.OneJob, repository: repository);
        await world.ScalarAsync<object>("update actions_workflow_runs set trust = @Trust where id = @Id", new { Trust = trust, Id = run.Id.Value });
        var claim = await world.ClaimAsync(await world.RunnerAsync());
        return await world.Server.Get<JobMessages>().BuildAsync(claim!, default);
    }
}
