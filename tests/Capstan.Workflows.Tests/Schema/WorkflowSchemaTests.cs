using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Schema;

/// <summary>What the tables allow, by the smallest workflow that shows it.</summary>
public sealed class WorkflowSchemaTests
{
    private const string Job = "{ runs-on: x, steps: [ { run: a } ], ";

    [Theory]
    [InlineData("name: x, run-name: 'by ${{ github.actor }}', description: y")]
    [InlineData("permissions: read-all")]
    [InlineData("permissions: { contents: read, id-token: write, models: read, artifact-metadata: write, vulnerability-alerts: none }")]
    [InlineData("permissions: {}")]
    [InlineData("concurrency: 'a-${{ github.ref }}'")]
    [InlineData("concurrency: { group: a, cancel-in-progress: '${{ inputs.x }}', queue: max }")]
    [InlineData("env: { A: '${{ secrets.X }}', B: null, C: true, D: 1.5 }")]
    [InlineData("defaults: { run: { shell: bash, working-directory: a } }")]
    public void These_keys_of_a_workflow_are_read(string keys) => Assert.Empty(Errors($"{{ on: push, jobs: {{ a: {Job} }} }}, {keys} }}"));

    [Theory]
    [InlineData("name: '${{ matrix.x }} ${{ needs.b.outputs.y }}'")]
    [InlineData("if: always() && needs.b.result == 'success'")]
    [InlineData("if: true")]
    [InlineData("environment: prod")]
    [InlineData("environment: { name: prod, url: '${{ steps.a.outputs.url }}', deployment: false }")]
    [InlineData("container: { image: node, credentials: { username: u, password: '${{ secrets.P }}' }, env: { A: '${{ runner.os }}' }, ports: [80, '90:90'], volumes: [/a], options: -x }")]
    [InlineData("services: { db: { image: pg, entrypoint: a, command: b }, other: img, third: '${{ matrix.s }}' }")]
    [InlineData("snapshot: { image-name: a, version: 1.*, if: '${{ success() }}' }")]
    [InlineData("strategy: { matrix: { v: [1, { a: 1 }], include: [ { v: 3, w: 4 } ], exclude: '${{ fromJSON(vars.x) }}' }, fail-fast: '${{ inputs.f }}', max-parallel: 2 }")]
    [InlineData("strategy: { matrix: '${{ fromJSON(needs.b.outputs.m) }}' }")]
    [InlineData("outputs: { a: '${{ steps.x.outputs.y }}' }")]
    [InlineData("env: '${{ matrix.env }}'")]
    [InlineData("timeout-minutes: 1.5, cancel-timeout-minutes: 1, continue-on-error: '${{ matrix.e }}'")]
    [InlineData("defaults: { run: { shell: '${{ matrix.shell }}' } }")]
    public void These_keys_of_a_job_are_read(string keys) => Assert.Empty(Errors($"{{ on: push, jobs: {{ a: {Job}{keys} }}, b: {Job} }} }} }}"));

    [Theory]
    [InlineData("runs-on: { group: org/g, labels: [a, b] }")]
    [InlineData("runs-on: '${{ fromJSON(vars.labels) }}'")]
    public void A_runner_is_named_in_all_forms(string runsOn) => Assert.Empty(Errors($"{{ on: push, jobs: {{ a: {{ {runsOn}, steps: [ {{ run: a }} ] }} }} }}"));

    [Theory]
    [InlineData("gpu", 0)]
    [InlineData("org/gpu", 0)]
    [InlineData("enterprise/gpu", 0)]
    [InlineData("Org/gpu", 1)]
    [InlineData("org/", 1)]
    [InlineData("team/gpu", 1)]
    [InlineData("org/a/b", 1)]
    public void A_runner_group_has_one_known_prefix_at_most(string group, int errors) =>
        Assert.Equal(errors, Errors($"{{ on: push, jobs: {{ a: {{ runs-on: {{ group: {group} }}, steps: [ {{ run: a }} ] }} }} }}").Count);

    [Theory]
    [InlineData("{ run: 'echo ${{ secrets.X }}', shell: '${{ matrix.s }}', working-directory: '${{ env.D }}', timeout-minutes: '${{ vars.t }}' }")]
    [InlineData("{ uses: a/b/c@v1, with: { x: 1, y: '${{ hashFiles(''**'') }}' }, env: { A: 1 } }")]
    [InlineData("{ uses: './x', if: \"hashFiles('x') != '' && env.A\" }, { uses: '$/x' }, { uses: 'docker://alpine:3' }")]
    [InlineData("{ run: a, id: x, background: true }, { wait: x }, { wait: [x] }, { wait-all: }, { wait-all: true, name: n, continue-on-error: true }, { cancel: x }")]
    [InlineData("{ parallel: [ { run: a }, { uses: ./b, if: always() } ] }")]
    public void These_steps_are_read(string steps) => Assert.Empty(Errors($"{{ on: push, jobs: {{ a: {{ runs-on: x, steps: [ {steps} ] }} }} }}"));

    [Theory]
    [InlineData("{ wait: x, if: always() }")]
    [InlineData("{ parallel: [ { parallel: [ { run: a } ] } ] }")]
    [InlineData("{ parallel: [ { run: a, background: true } ] }")]
    [InlineData("{ run: a, uses: b/c@v1 }")]
    [InlineData("{ run: a, with: { x: 1 } }")]
    [InlineData("{ uses: '${{ matrix.a }}' }")]
    [InlineData("{ run: a, if: secrets.x }")]
    [InlineData("{ run: a, timeout-minutes: soon }")]
    [InlineData("{ run: a, continue-on-error: 'maybe' }")]
    [InlineData("{ run: a, env: }")]
    [InlineData("{ run: '${{ jobs.a }}' }")]
    [InlineData("{ run: '${{ success() }}' }")]
    [InlineData("{ run: a, RUN: b }")]
    public void These_steps_are_refused(string steps) => Assert.NotEmpty(Errors($"{{ on: push, jobs: {{ a: {{ runs-on: x, steps: [ {steps} ] }} }} }}"));

    [Theory]
    [InlineData("push")]
    [InlineData("[push, pull_request, workflow_dispatch]")]
    [InlineData("{ push: , pull_request: { types: [opened, stacked], paths: ['**'] }, schedule: [ { cron: '0 0 * * *', timezone: Europe/Berlin } ] }")]
    [InlineData("{ workflow_dispatch: { inputs: { a: { type: choice, options: [x], default: x }, b: { type: number, default: 2 }, c: , d: { type: environment } } } }")]
    [InlineData("{ workflow_call: { inputs: { a: { type: string, default: '${{ github.ref }}' } }, outputs: { o: { value: '${{ jobs.a.outputs.o }}' } }, secrets: { s: { required: true }, t: } } }")]
    [InlineData("{ repository_dispatch: { types: [anything] }, workflow_run: { workflows: [x], types: completed, branches: [main] }, image_version: { names: [a], versions: [1] } }")]
    [InlineData("{ issues: { types: [typed, field_added] }, merge_group: { branches: [main], types: checks_requested }, watch: { types: started } }")]
    public void These_events_are_read(string on) => Assert.Empty(Errors($"{{ on: {on}, jobs: {{ a: {Job} }} }} }}"));

    [Theory]
    [InlineData("pushed")]
    [InlineData("{ push: { types: [x] } }")]
    [InlineData("{ push: { brunches: [main] } }")]
    [InlineData("{ pull_request: { types: [open] } }")]
    [InlineData("{ schedule: { cron: '0 0 * * *' } }")]
    [InlineData("{ schedule: [ { timezone: x } ] }")]
    [InlineData("{ workflow_dispatch: { inputs: { a: { type: text } } } }")]
    [InlineData("{ workflow_dispatch: { inputs: { a: { type: boolean, default: 'true' } } } }")]
    [InlineData("{ workflow_dispatch: { inputs: { a: { type: choice } } } }")]
    [InlineData("{ workflow_call: { inputs: { a: { required: true } } } }")]
    [InlineData("{ workflow_call: { outputs: { o: { description: x } } } }")]
    public void These_events_are_refused(string on) => Assert.NotEmpty(Errors($"{{ on: {on}, jobs: {{ a: {Job} }} }} }}"));

    [Theory]
    [InlineData("needs: b", "needs")]
    [InlineData("needs: a", "needs")]
    [InlineData("if: 'a &&'", "expression")]
    [InlineData("if: secrets.x == ''", "expression")]
    [InlineData("runs-off: x", "unknown-key")]
    [InlineData("environment: { url: x }", "missing-key")]
    [InlineData("permissions: { content: read }", "unknown-key")]
    [InlineData("permissions: { id-token: read }", "unexpected-value")]
    [InlineData("strategy: { matrix: { v: 1 } }", "unexpected-value")]
    [InlineData("concurrency: { cancel-in-progress: true }", "missing-key")]
    [InlineData("concurrency: { group: a, queue: all }", "unexpected-value")]
    [InlineData("concurrency: { group: a, queue: max, cancel-in-progress: true }", "concurrency")]
    [InlineData("container: { image: a, entrypoint: b }", "unknown-key")]
    [InlineData("defaults: { run: { shell: '${{ secrets.x }}' } }", "expression")]
    [InlineData("env: { A: '${{ env.B }}' }", "expression")]
    [InlineData("env: { A: 1, a: 2 }", "duplicate-key")]
    [InlineData("env: [a]", "unexpected-sequence")]
    [InlineData("timeout-minutes: { a: 1 }", "unexpected-mapping")]
    public void A_mistake_in_a_job_has_its_code(string keys, string code) =>
        Assert.Equal([code], Errors($"{{ on: push, jobs: {{ start: {Job} }}, a: {Job}{keys} }} }} }}").Select(found => found.Code));

    [Theory]
    [InlineData("uses: ./.github/workflows/x.yml, with: { a: 1, b: '${{ matrix.x }}' }, secrets: inherit", null)]
    [InlineData("uses: o/r/.github/workflows/x.yml@main, secrets: { a: '${{ secrets.b }}' }", null)]
    [InlineData("uses: ./x.yml@main", "uses")]
    [InlineData("uses: o/r@main", "uses")]
    [InlineData("uses: ./x.yml, secrets: all", "unexpected-value")]
    [InlineData("uses: ./x.yml, steps: []", "unknown-key")]
    public void A_job_may_call_a_workflow(string keys, string? code) =>
        Assert.Equal(code is null ? [] : [code], Errors($"{{ on: push, jobs: {{ a: {{ {keys} }} }} }}").Select(found => found.Code));

    [Fact]
    public void Keys_that_have_no_effect_yet_are_warned_about_and_those_a_job_needs_are_noted()
    {
        var result = WorkflowReader.Read("a.yml", """
            on: push
            permissions: read-all
            jobs:
              a:
                runs-on: x
                concurrency: g
                container: node
                steps:
                  - uses: docker://alpine
                  - run: a
                    background: false
            """);

        Assert.Equal(["2:1 not-yet-honoured", "6:5 not-yet-honoured"], result.Diagnostics.Select(found => $"{found.Place} {found.Code}"));
        Assert.Equal(["container 7:5", "uses: docker:// 9:9"], result.Definition!.Jobs[0].NotYetExecuted.Select(needed => $"{needed.Key} {needed.Place}"));
    }

    private static IReadOnlyList<Diagnostic> Errors(string yaml) =>
        [.. WorkflowReader.Read("a.yml", yaml).Diagnostics.Where(found => found.Severity == Severity.Error)];
}
