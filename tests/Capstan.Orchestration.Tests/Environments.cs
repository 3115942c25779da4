using Capstan.Contracts;
using Capstan.Orchestration.Local;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Jobs;
using Capstan.Workflows.Templates;
using Xunit;
using static Capstan.Orchestration.Tests.Workflow;

namespace Capstan.Orchestration.Tests;

/// <summary>Which environment a job is of, and what it gets from it.</summary>
public sealed class Environments
{
    [Theory]
    [InlineData("'live'", "live")]
    [InlineData("needs.first.outputs.to", "Test")]
    [InlineData("format('{0}-{1}', vars.REGION, matrix.n)", "eu-0")]
    [InlineData("strategy.job-total", "1")]
    [InlineData("github.ref_name", "main")]
    [InlineData("inputs.deploy", "true")]
    [InlineData("vars.ABSENT", null)]
    public void The_name_is_evaluated_when_the_needs_of_the_job_have_results(string expression, string? name)
    {
        var board = new Board(Job("first"), Job("deploy", needs: ["first"], matrix: Matrix(1), environment: Expression(expression)));

        board.End("first", Conclusion.Success, 0, ("to", "Test"));

        Assert.Equal(name, board.Legs[("deploy", 0)].Spec!.Environment);
    }

    public static TheoryData<string?, string?, TemplateToken?, string> Types => new()
    {
        { null, null, null, "build" },
        { null, "live", null, "deploy" },
        { null, "live", Boolean(true), "deploy" },
        { null, "live", Boolean(false), "build" },
        { null, "live", Expression("github.ref_name == 'x'"), "build" },
        { null, "", null, "build" },
        { "test", "live", null, "test" },
        { "deploy", "", null, "deploy" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void A_job_that_deploys_to_an_environment_is_a_deployment_unless_its_file_says_otherwise(string? said, string? name, TemplateToken? deployment, string type)
    {
        var environment = name is null ? null : deployment is null ? (TemplateToken)Text(name) : Mapping(("name", Text(name)), ("deployment", deployment));

        var board = new Board(Job("a", environment: environment) with { Type = said });

        Assert.Equal(type, board.Legs[("a", 0)].Spec!.JobType);
    }

    [Fact]
    public void A_name_that_no_environment_can_have_fails_the_job_before_its_first_step()
    {
        var board = new Board(Job("a", environment: Expression("fromJSON('{\"name\":\"a\\u0000\"}')")), Job("b", environment: Expression("fromJSON('[1]')")));

        Assert.Equal(("failure", "failure"), (board.Status("a"), board.Status("b")));
        Assert.Equal("'environment' (Line: 7, Col: 9) of the job 'a': An environment's name holds no control characters", board.Reason("a"));
        Assert.Equal("'environment' (Line: 7, Col: 9) of the job 'b': 'environment' must be a text, not a list", board.Reason("b"));
    }

    [Fact]
    public async Task Secrets_and_variables_of_the_environment_go_before_those_of_the_repository_and_to_its_jobs_only()
    {
        var (conclusion, given) = await Run(Job("with", environment: Text("LIVE")), Job("without"), Job("other", environment: Text("test")));

        Assert.Equal(Conclusion.Success, conclusion);
        Assert.Equal("KEY=live OTHER=repository TOKEN=live region=us", given["with"]);
        Assert.Equal("KEY=repository OTHER=repository region=eu", given["without"]);
        Assert.Equal("KEY=repository OTHER=repository region=eu", given["other"]);
    }

    [Fact]
    public async Task A_called_job_gets_the_secrets_of_its_own_environment_whatever_its_caller_passes_on()
    {
        var (conclusion, given) = await Run(
            Call(Job("nothing"), Job("it", environment: Text("live"))),
            Call(Job("named") with { Secrets = Mapping(("key", Text("of the caller"))) }, Job("it", environment: Text("live")), Job("other")));

        Assert.Equal(Conclusion.Success, conclusion);
        Assert.Equal("KEY=live TOKEN=live region=us", given["nothing / it"]);
        Assert.Equal("KEY=live TOKEN=live region=us", given["named / it"]);
        Assert.Equal("KEY=of the caller region=eu", given["named / other"]);
    }

    private static async Task<(Conclusion Conclusion, Dictionary<string, string> Given)> Run(params JobDefinition[] jobs)
    {
        var given = new Dictionary<string, string>();
        var live = new EnvironmentValues { Secrets = new Dictionary<string, string> { ["KEY"] = "live", ["TOKEN"] = "live" }, Vars = new Dictionary<string, string> { ["region"] = "us" } };
        using var run = new LocalRun(RunPlan.Of(Workflow.Of(jobs)), Facts.OfAPush, new LocalRunSettings
        {
            Execute = (job, order, _) =>
            {
                lock (given)
                {
                    given[job.Name] = Show(order);
                }

                return new JobOutcome(Conclusion.Success);
            },
            Secrets = new Dictionary<string, string> { ["KEY"] = "repository", ["OTHER"] = "repository" },
            EnvironmentOf = name => name.Equals("live", StringComparison.OrdinalIgnoreCase) ? live : EnvironmentValues.None,
        });
        var cancel = TestContext.Current.CancellationToken;
        return (await Task.Run(() => run.Run(cancel), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20), cancel), given);
    }

    private static string Show(JobOrder order)
    {
        var secrets = order.Secrets.Select(s => $"{s.Key.ToUpperInvariant()}={s.Value}").Order(StringComparer.Ordinal);
        return $"{string.Join(' ', secrets)} region={ValueText.Of(((ObjectValue)order.Contexts.Find("vars")!).Properties.Single().Value)}";
    }
}
