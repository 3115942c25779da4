using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

public sealed class WorkflowReaderTests
{
    private const string Ordinary = """
        name: CI
        on:
          push:
            branches: [main, 'release/**']
            paths-ignore: docs/**
          workflow_dispatch:
            inputs:
              level: { type: choice, options: [info, debug], default: info }
        env:
          COLOR: always
        defaults:
          run:
            shell: bash
        jobs:
          build:
            runs-on: ${{ matrix.os }}
            strategy:
              fail-fast: false
              matrix:
                os: [ubuntu-latest, debian]
            outputs:
              version: ${{ steps.version.outputs.value }}
            steps:
              - uses: actions/checkout@v4
                with: { fetch-depth: 0 }
              - id: version
                run: echo "value=1" >> "$GITHUB_OUTPUT"
              - run: echo hello ${{ github.actor }} and '${{ env.COLOR }}'
                if: github.ref == 'refs/heads/main'
              - run: echo bye
                if: ${{ always() && matrix.os == 'debian' }}
                timeout-minutes: 5
          test:
            needs: [build]
            if: ${{ failure() }}
            runs-on: [self-hosted, linux]
            steps:
              - run: exit 1
                continue-on-error: true
        """;

    [Fact]
    public void An_ordinary_workflow_is_read_without_any_finding()
    {
        var result = WorkflowReader.Read("ci.yml", Ordinary);

        Assert.Empty(result.Diagnostics);
        var workflow = result.Definition!;
        Assert.Equal("CI", workflow.Name);
        Assert.Equal(["push", "workflow_dispatch"], workflow.Triggers.Select(trigger => trigger.Event));
        Assert.Equal(["main", "release/**"], workflow.Triggers[0].Branches!);
        Assert.Equal(["docs/**"], workflow.Triggers[0].PathsIgnore!);
        Assert.Equal(["info", "debug"], workflow.Triggers[1].Inputs[0].Options);
        Assert.Equal(["build", "test"], workflow.Jobs.Select(job => job.Id));
        Assert.Equal(["build"], workflow.Jobs[1].Needs);
    }

    [Fact]
    public void Steps_get_ids_conditions_and_expressions()
    {
        var job = WorkflowReader.Read("ci.yml", Ordinary).Definition!.Jobs[0];

        Assert.Equal(["__actions_checkout", "version", "__run", "__run_2"], job.Steps.Select(step => step.Id));
        Assert.Equal(
            ["success()", "success()", "success() && (github.ref == 'refs/heads/main')", "always() && matrix.os == 'debian'"],
            job.Steps.Select(step => step.If));
        Assert.Equal("0", Assert.IsType<StringToken>(Assert.IsType<MappingToken>(job.Steps[0].With).Find("fetch-depth")).Value);
        Assert.Equal("format('echo hello {0} and ''{1}''', github.actor, env.COLOR)", Assert.IsType<ExpressionToken>(job.Steps[2].Run).Expression);
        Assert.Equal(5, Assert.IsType<NumberToken>(job.Steps[3].TimeoutMinutes).Value);
        Assert.IsType<SequenceToken>(Assert.IsType<MappingToken>(job.Strategy!.Matrix).Find("os"));
    }

    [Fact]
    public void Needs_are_named_once_and_spelled_as_the_job()
    {
        var workflow = WorkflowReader.Read("a.yml", "{ on: push, jobs: { Build: { runs-on: x, steps: [ { run: a } ] }, test: { needs: [build, BUILD], runs-on: x, steps: [ { run: a } ] } } }").Definition!;

        Assert.Equal(["Build"], workflow.Jobs[1].Needs);
        Assert.Single(workflow.Jobs[1].NeedsPlaces);
    }

    [Fact]
    public void A_strategy_may_be_one_expression()
    {
        var strategy = WorkflowReader.Read("a.yml", "{ on: push, jobs: { a: { strategy: '${{ fromJSON(vars.s) }}', runs-on: x, steps: [ { run: a } ] } } }").Definition!.Jobs[0].Strategy!;

        Assert.Equal("(fromJSON(vars.s)).matrix", Assert.IsType<ExpressionToken>(strategy.Matrix).Expression);
        Assert.Equal("(fromJSON(vars.s)).fail-fast", Assert.IsType<ExpressionToken>(strategy.FailFast).Expression);
    }

    [Theory]
    [InlineData("a: [b], b: [a], c: []", "a>b b>a")]
    [InlineData("a: [c], b: [a], c: [b e], d: [a], e: []", "a>c b>a c>b d>a")]
    [InlineData("a: [a], b: []", "a>a")]
    [InlineData("a: [b], b: [a]", "no-start")]
    [InlineData("a: [], b: [a x], c: [b]", "b>x c>b")]
    public void A_graph_of_needs_has_a_start_no_circle_and_no_unknown_name(string graph, string expected)
    {
        var jobs = string.Join(", ", graph.Split(", ").Select(job => job.Split(": ")).Select(job => $"{job[0]}: {{ needs: {job[1].Replace(' ', ',')}, runs-on: x, steps: [ {{ run: a }} ] }}"));

        var result = WorkflowReader.Read("a.yml", $"{{ on: push, jobs: {{ {jobs} }} }}");

        Assert.Equal(expected.Split(' '), result.Diagnostics.Select(found => found.Code is "needs" ? string.Join('>', found.Message.Split('\'').Where((_, index) => index is 1 or 3)) : found.Code));
    }

    /// <summary>Each line is a job, with a <c>^</c> before every place of a finding.</summary>
    [Theory]
    [InlineData("{ ^bogus: 1, runs-on: x, strategy: { matrix: { v: ^[] } }, container: ^{ options: '' }, steps: [ { run: a } ] }")]
    [InlineData("{ runs-on: x, strategy: { ^fail: 1, matrix: { v: [1], exclude: [ { ^w: 1 } ] } }, steps: [ { run: a } ] }")]
    [InlineData("{ runs-on: x, strategy: { matrix: { v: ^[], w: [ '^${{ nothing }}' ], x: ^1 } }, steps: [ { run: a } ] }")]
    [InlineData("{ runs-on: x, strategy: { matrix: { w: [ '^${{ nothing }}' ] } }, steps: [ { run: a } ] }")]
    [InlineData("{ runs-on: x, container: { image: ^[x] }, services: { a: ^{ ports: [ 80 ] }, b: { image: '^${{ nothing }}' } }, steps: [ { run: a } ] }")]
    [InlineData("{ runs-on: x, steps: [ ^1 ] }")]
    [InlineData("{ runs-on: x, steps: ^1 }")]
    [InlineData("{ ^needs: { a: 1 }, runs-on: x, steps: [ { run: a } ] }")]
    public void What_is_refused_in_one_part_hides_nothing_in_another_and_is_told_once(string job)
    {
        var text = $"  a: {job.Replace("^needs: ", "needs: ^", StringComparison.Ordinal)}";
        var places = new List<int>();
        for (var at = text.IndexOf('^', StringComparison.Ordinal); at >= 0; at = text.IndexOf('^', at + 1))
            places.Add(at + 1 - places.Count - (text[at - 1] is '\'' ? 1 : 0));

        var found = WorkflowReader.Read("a.yml", $"on: push\njobs:\n{text.Replace("^", "", StringComparison.Ordinal)}\n  b: {{ runs-on: x, steps: [ {{ run: a }} ] }}\n").Diagnostics;

        Assert.Equal(places, found.Where(one => one.Severity == Severity.Error).Select(one => one.Place.Column));
        Assert.DoesNotContain(found, one => one.Code is "no-steps");
    }

    [Theory]
    [InlineData("a: { needs: b, STEPS }, b: [], c: { STEPS }", "unexpected-sequence")]
    [InlineData("a: { needs: b, STEPS }, b: []", "unexpected-sequence")]
    [InlineData("a: { needs: [b, x], STEPS }, b: [], c: { STEPS }", "needs unexpected-sequence")]
    [InlineData("a: { bogus: 1, needs: b, STEPS }, b: { needs: a, STEPS }", "no-start unknown-key")]
    [InlineData("a: { bogus: 1, needs: b, STEPS }, b: { needs: a, STEPS }, c: [], d: { STEPS }", "unknown-key needs needs unexpected-sequence")]
    public void A_job_that_was_refused_is_still_there_for_those_that_need_it(string jobs, string codes)
    {
        var yaml = $"on: push\njobs: {{ {jobs.Replace("STEPS", "runs-on: x, steps: [ { run: a } ]", StringComparison.Ordinal)} }}";

        Assert.Equal(codes, string.Join(' ', WorkflowReader.Read("a.yml", yaml).Diagnostics.Select(found => found.Code)));
    }

    [Fact]
    public void All_mistakes_of_a_file_are_found_at_once_with_their_places()
    {
        const string Yaml = """
            on: [push, pul_request]
            jobs:
              build:
                runs-on: ubuntu-latest
                stps:
                  - run: echo
                steps:
                  - run: echo ${{ githb.sha }}
                  - id: 1x
                    run: echo ${{ 1 + }}
              test:
                needs: bild
                runs-on: ubuntu-latest
                timeout-minutes: soon
                steps:
                  - uses: checkout
            """;

        var result = WorkflowReader.Read("ci.yml", Yaml);

        Assert.Null(result.Definition);
        Assert.Equal(
            ["1:12 unexpected-value", "5:5 unknown-key", "8:14 expression", "9:13 id", "10:14 expression", "12:12 needs", "14:22 unexpected-value", "16:15 uses"],
            result.Diagnostics.Select(found => $"{found.Place} {found.Code}"));
        Assert.EndsWith("did you mean 'pull_request'?", result.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.EndsWith("did you mean 'steps'?", result.Diagnostics[1].Message, StringComparison.Ordinal);
        Assert.EndsWith("did you mean 'github'?", result.Diagnostics[2].Message, StringComparison.Ordinal);
        Assert.EndsWith("did you mean 'build'?", result.Diagnostics[5].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on: [push, workflow_dispatch, workflow_call]", "")]
    [InlineData("on: [push, pull_request]", "1:12 The event 'pull_request' is not yet honoured: a server starts no run for it; 'capstan run --event pull_request' does")]
    [InlineData("on: { schedule: [ { cron: '0 4 * * *' } ] }", "1:7 The event 'schedule' is not yet honoured: a server starts no run for it; 'capstan run --event schedule' does")]
    public void An_event_that_no_server_fires_gets_a_warning(string on, string expected)
    {
        var warnings = WorkflowReader.Read("a.yml", on + "\njobs: { a: { runs-on: x, steps: [ { run: a } ] } }\n").Diagnostics;

        Assert.Equal(expected, string.Join('\n', warnings.Select(found => $"{found.Place} {found.Message}")));
    }
}
