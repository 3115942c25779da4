using Capstan.Orchestration.Forecasts;
using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Orchestration.Tests;

/// <summary>What can be told of a run before it begins. The workflows are files, because people read the forecast beside them.</summary>
public sealed class Forecasting
{
    [Fact]
    public void A_job_whose_condition_the_event_decides_against_is_skipped_and_so_are_those_that_need_it()
    {
        var jobs = Foresee(
            """
            a: { if: github.ref == 'refs/heads/x', runs-on: u, steps: [ { run: a } ] }
            b: { needs: a, runs-on: u, steps: [ { run: b } ] }
            c: { needs: b, if: always(), runs-on: u, steps: [ { run: c } ] }
            d: { needs: c, runs-on: u, steps: [ { run: d } ] }
            e: { needs: a, if: failure(), runs-on: u, steps: [ { run: e } ] }
            f: { needs: a, if: "always() && needs.a.result == 'skipped'", runs-on: u, steps: [ { run: f } ] }
            """);

        Assert.Equal([false, false, true, false, false, true], jobs.Select(job => job.Condition.Holds));
        Assert.Equal("github.ref == 'refs/heads/x' => false (github.ref is 'refs/heads/main')", jobs[0].Condition.Foreseen.Why);
        Assert.Equal("it waits for 'a', which is skipped", jobs[1].Condition.Foreseen.Why);
        Assert.Empty(jobs[0].Legs);
    }

    [Fact]
    public void What_depends_on_jobs_is_known_later()
    {
        var jobs = Foresee(
            """
            a: { runs-on: u, steps: [ { run: a } ] }
            b: { needs: a, runs-on: u, steps: [ { run: b } ] }
            c: { needs: a, if: needs.a.outputs.go, strategy: { matrix: { n: "${{ fromJSON(needs.a.outputs.n) }}" } }, runs-on: "${{ matrix.n }}", steps: [ { run: c } ] }
            d: { needs: a, runs-on: "${{ needs.a.outputs.os }}", name: "D ${{ needs.a.outputs.os }}", strategy: { matrix: { n: [1, 2] } }, steps: [ { run: d } ] }
            """);

        Assert.Equal([true, null, null, null], jobs.Select(job => job.Condition.Holds));
        Assert.Equal(["success()", "needs.a.outputs.go"], jobs[2].Condition.Foreseen.DependsOn);
        Assert.Equal(["needs.a.outputs.n"], jobs[2].MatrixDependsOn);
        Assert.Equal(["matrix.n"], jobs[2].Legs.Single().LabelsDependOn);
        Assert.Equal(["D ${{ needs.a.outputs.os }} (1)", "D ${{ needs.a.outputs.os }} (2)"], jobs[3].Legs.Select(leg => leg.Name));
        Assert.Equal(["needs.a.outputs.os"], jobs[3].Legs[0].LabelsDependOn);
        Assert.Empty(jobs[3].Legs[0].Labels);
    }

    [Fact]
    public void The_matrix_is_expanded_as_the_run_will_do_it()
    {
        var job = Foresee(
            """
            a: { runs-on: "${{ matrix.os }}", continue-on-error: "${{ matrix.v == 2 }}", strategy: { max-parallel: 2, fail-fast: false, matrix: { os: [U, W], v: [1, 2], exclude: [ { os: W, v: 2 } ] } }, steps: [ { run: a } ] }
            """).Single();

        Assert.Equal(["a (U, 1) on u", "a (U, 2) on u, may fail", "a (W, 1) on w"], job.Legs.Select(leg => $"{leg.Name} on {leg.Labels.Single()}{(leg.MayFail == true ? ", may fail" : "")}"));
        Assert.Equal((2, false), (job.MaxParallel, job.FailFast));
    }

    [Fact]
    public void A_job_that_is_sure_to_fail_says_why_and_those_that_need_it_are_skipped()
    {
        var jobs = Foresee(
            """
            a: { runs-on: "${{ github.nothing }}", steps: [ { run: a } ] }
            b: { needs: a, runs-on: u, steps: [ { run: b } ] }
            c: { needs: a, if: failure(), runs-on: u, steps: [ { run: c } ] }
            """);

        Assert.Contains("gives no label", jobs[0].Refusal, StringComparison.Ordinal);
        Assert.Equal([true, false, true], jobs.Select(job => job.Condition.Holds));
        Assert.Equal("it waits for 'a', which fails", jobs[1].Condition.Foreseen.Why);
    }

    [Fact]
    public void Conditions_of_steps_are_looked_at_from_every_leg()
    {
        var job = Foresee(
            """
            a:
              runs-on: u
              strategy: { matrix: { n: [1, 2] } }
              steps:
                - { run: first, if: success() }
                - { run: never, if: github.event_name == 'issues' }
                - { run: some, if: matrix.n == 1 }
                - { run: bad, if: failure() }
                - { run: "last ${{ matrix.n }}" }
            """).Single();

        Assert.Equal([true, false, null, null, null], job.Steps.Select(step => step.Condition.Holds));
        Assert.Equal(["2", "2,3"], job.Legs.Select(leg => string.Join(',', leg.SkippedSteps)));
        Assert.Contains("matrix", job.Steps[2].Condition.Foreseen.DependsOn);
        Assert.Equal("Run last ${{ matrix.n }}", job.Steps[4].Name.Text);
    }

    [Fact]
    public void Every_step_lists_the_names_of_the_secrets_that_it_can_see()
    {
        var job = Foresee(
            """
            a:
              runs-on: u
              env: { KEY: "${{ secrets.of_job }}" }
              steps:
                - { run: plain }
                - { run: "use ${{ secrets.OWN }}", env: { T: "${{ github.token }}", U: "${{ secrets['Other'] }}" } }
                - { uses: some/action@v1, with: { all: "${{ toJSON(secrets) }}" } }
                - { run: "${{ secrets[inputs.name] }}" }
            """).Single();

        Assert.Equal(
            ["GITHUB_TOKEN OF_JOB", "GITHUB_TOKEN OF_JOB OTHER OWN", "GITHUB_TOKEN OF_JOB everything", "GITHUB_TOKEN OF_JOB everything"],
            job.Steps.Select(step => string.Join(' ', step.Secrets.Names) + (step.Secrets.IsEverything ? " everything" : "")));
    }

    [Fact]
    public void Environments_and_concurrency_groups_are_evaluated_leg_by_leg()
    {
        var job = Foresee(
            """
            a:
              runs-on: u
              strategy: { matrix: { to: [test, live] } }
              environment: { name: "${{ matrix.to }}", url: "https://${{ matrix.to }}/${{ github.run_id }}" }
              concurrency: { group: "deploy-${{ matrix.to }}", cancel-in-progress: "${{ github.ref != 'refs/heads/main' }}", queue: max }
              steps: [ { run: a } ]
            """).Single();

        Assert.Equal(["test", "live"], job.Legs.Select(leg => leg.Environment!.Name.Text));
        Assert.Equal(["github.run_id"], job.Legs[0].Environment!.Url!.DependsOn);
        Assert.Equal(["deploy-test False max", "deploy-live False max"], job.Legs.Select(leg => $"{leg.Concurrency!.Group.Text} {leg.Concurrency.CancelsInProgress} {leg.Concurrency.Queue}"));
    }

    [Fact]
    public void A_long_chain_of_jobs_is_foreseen()
    {
        var jobs = string.Join('\n', Enumerable.Range(0, 300).Select(n => $"j{n}: {{ {(n > 0 ? $"needs: j{n - 1}, " : "")}runs-on: u, steps: [ {{ run: a }} ] }}"));

        Assert.Equal(300, Foresee(jobs).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("if: false, ")]
    public void A_chain_of_twice_the_jobs_costs_twice_the_work(string first)
    {
        WorkOf(50);

        var (once, twice) = (WorkOf(400), WorkOf(800));

        Assert.True(twice < once * 2.4, $"400: {once:#,0} bytes, 800: {twice:#,0} bytes");

        long WorkOf(int count)
        {
            var jobs = string.Join('\n', Enumerable.Range(0, count).Select(job => $"j{job}: {{ {(job == 0 ? first : $"needs: j{job - 1}, ")}runs-on: u, steps: [ {{ run: a }} ] }}"));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Foresee(jobs);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static IReadOnlyList<JobForecast> Foresee(string jobs)
    {
        var yaml = $"on: push\njobs:\n{string.Join('\n', jobs.Split('\n').Select(line => "  " + line))}\n";
        var read = WorkflowReader.Read(".github/workflows/ci.yml", yaml);
        Assert.True(read.Definition is not null, string.Join('\n', read.Diagnostics));
        return RunForecaster.Foresee(read.Definition, Facts.OfAPush).Jobs;
    }
}
