using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>What the table of keys cannot say about a job: each line is a job's key with a <c>^</c> before the place of its one finding.</summary>
public sealed class JobChecksTests
{
    private const string Unknown = "Step references unknown step ID";

    [Theory]
    [InlineData("{ matrix: { v: [1, 2], include: [ { v: 1, w: 2 } ], exclude: [ { v: 2 } ] } }", "")]
    [InlineData("{ matrix: ^{} }", "Matrix must define at least one vector")]
    [InlineData("{ matrix: { v: ^[] } }", "Matrix vector 'v' does not contain any values")]
    [InlineData("{ matrix: { v: ^[], w: ['${{ github.ref }}'] } }", "Matrix vector 'v' does not contain any values")]
    [InlineData("{ matrix: ^{ include: [] }, max-parallel: '${{ inputs.n }}' }", "Matrix must define at least one vector")]
    [InlineData("{ matrix: { include: '${{ fromJSON(inputs.m) }}' } }", "")]
    [InlineData("{ matrix: { '${{ inputs.n }}': [1] } }", "")]
    [InlineData("{ matrix: ^{ exclude: [ { v: 1 } ] }, fail-fast: '${{ inputs.f }}' }", "Matrix must define at least one vector")]
    [InlineData("{ matrix: { v: [1], exclude: [ { ^w: 1 } ] } }", "Matrix exclude key 'w' does not match any key within the matrix")]
    [InlineData("{ matrix: { v: [1], exclude: [ ^{} ] } }", "Matrix exclude filter must not be empty")]
    [InlineData("{ matrix: { v: [1], include: [ ^{} ] } }", "Matrix include mapping does not contain any values")]
    [InlineData("{ matrix: { v: [1], exclude: [ { w: 1 } ], x: ^1 } }", "Unexpected value '1'; expected is a sequence")]
    public void A_matrix_that_can_be_told_from_the_file_is_checked(string strategy, string expected) => AssertFindings($"strategy: {strategy}", "steps: []", expected);

    [Theory]
    [InlineData("[ { run: a, id: x, background: true }, { wait: x } ]", "")]
    [InlineData("[ { run: a, id: x, background: true }, { wait: [x, ^X] } ]", $"{Unknown} 'X'")]
    [InlineData("[ { wait: ^x }, { run: a, id: x, background: true } ]", $"{Unknown} 'x'")]
    [InlineData("[ { run: a, id: xyz, background: true }, { cancel: ^xy } ]", $"{Unknown} 'xy'")]
    [InlineData("[ { id: w, wait: ^W } ]", "Step 'w' cannot wait for itself")]
    [InlineData("[ { run: a, background: true }, { wait: ^__run } ]", "The identifier '__run' is invalid")]
    [InlineData("[ { wait-all: ^false } ]", "The value of 'wait-all' must be true")]
    [InlineData("[ { run: a, id: x }, { wait: ^x } ]", "There is nothing to wait for")]
    [InlineData("[ { parallel: [ { run: a, id: x } ] }, { cancel: ^x } ]", "There is nothing to cancel")]
    public void What_waits_names_a_background_step_above_it(string steps, string expected) => AssertFindings($"steps: {steps}", "", expected);

    [Theory]
    [InlineData("container: ''", "")]
    [InlineData("container: ^'docker://'", "Container image cannot be empty")]
    [InlineData("container: ^{ image: 'docker://' }", "Container image cannot be empty")]
    [InlineData("container: ^{ options: '' }", "Container image cannot be empty")]
    [InlineData("container: { image: '${{ matrix.image }}' }", "")]
    [InlineData("container: { '${{ insert }}': '${{ matrix.container }}' }", "")]
    [InlineData("container: { image: ^'' }", "Unexpected value ''")]
    [InlineData("services: { db: ^'' }", "Container image cannot be empty")]
    [InlineData("services: { db: ^'docker://' }", "Container image cannot be empty")]
    [InlineData("services: { db: ^{ ports: [80] } }", "Container image cannot be empty")]
    [InlineData("services: { db: '${{ matrix.image }}', other: x }", "")]
    [InlineData("snapshot: { image-name: x, version: 12.* }", "")]
    [InlineData("snapshot: ^{ image-name: x, version: 1.2 }", "Expected format '{major-version}.*' Actual '1.2'")]
    [InlineData("snapshot: ^{ image-name: x, version: '*.*' }", "Expected format")]
    [InlineData("snapshot: ^{ image-name: x, version: -1.* }", "Expected format")]
    [InlineData("snapshot: { image-name: x, if: ^github.event_name = 'push' }", "Unexpected symbol: '='")]
    [InlineData("snapshot: { image-name: x, if: ^steps.a.outcome }", "Unrecognized named-value: 'steps'")]
    [InlineData("concurrency: { group: x, queue: max, cancel-in-progress: ^true }", "'cancel-in-progress: true' and 'queue: max' cannot be used together")]
    public void Containers_snapshots_and_groups_are_checked_as_a_whole(string key, string expected) => AssertFindings(key, "steps: [ { run: a } ]", expected);

    [Theory]
    [InlineData("./../beside", "")]
    [InlineData("$/a..b/c", "")]
    [InlineData("acme/tools/a/b@v1", "")]
    [InlineData("docker://acme/../x", "")]
    [InlineData("^$/../../x", "Invalid reference '$/../../x': '..' leads out")]
    [InlineData("^$/a/..", "Invalid reference")]
    [InlineData("^acme/tools/../../x@v1", "Invalid reference")]
    [InlineData("^$/tools/x@v1", "Invalid reference '$/tools/x@v1': '$/' is of the commit that runs, it has no '@' and ref")]
    [InlineData("./tools/x@v1", "")]
    [InlineData("^'acme\\..\\x@v1'", "Invalid reference")]
    public void A_reference_stays_in_the_repository_that_it_names(string uses, string expected) => AssertFindings($"steps: [ {{ uses: {uses} }} ]", "", expected);

    [Theory]
    [InlineData(400, true)]
    [InlineData(401, false)]
    public void A_concurrency_group_has_400_characters_at_most(int length, bool fits)
    {
        var group = new string('g', length);
        AssertFindings($"concurrency: {(fits ? "" : "^")}{{ group: {group} }}", "steps: [ { run: a } ]", fits ? "" : "Concurrency group name must be at most 400 characters long");
    }

    [Theory]
    [InlineData("release", "^release")]
    [InlineData("release", "{ group: ^RELEASE, queue: max }")]
    [InlineData("{ group: release }", "^release")]
    [InlineData("release", "releases")]
    [InlineData("'${{ github.ref }}'", "'${{ github.ref }}'")]
    public void A_job_in_the_group_of_its_own_workflow_would_wait_for_itself(string workflow, string job)
    {
        var line = $"on: push\nconcurrency: {workflow}\njobs: {{ a: {{ concurrency: {job}, runs-on: x, steps: [ {{ run: a }} ] }} }}";

        var findings = WorkflowReader.Read("w.yml", line.Replace("^", "", StringComparison.Ordinal)).Diagnostics.Where(found => found.Code is not "not-yet-honoured").ToList();

        var column = line.Split('\n')[2].IndexOf('^', StringComparison.Ordinal) + 1;
        Assert.Equal(column == 0 ? [] : [(new Place(3, column), Severity.Warning)], findings.Select(found => (found.Place, found.Severity)));
        Assert.All(findings, found => Assert.Contains("(line 2): the job waits for its own run", found.Message, StringComparison.Ordinal));
    }

    private static void AssertFindings(string key, string more, string expected)
    {
        var yaml = $"on: push\njobs:\n  a:\n    {key}\n    runs-on: x\n    {more}\n";
        var line = yaml.Split('\n')[3];

        var findings = WorkflowReader.Read("w.yml", yaml.Replace("^", "", StringComparison.Ordinal)).Diagnostics.Where(found => found.Place.Line == 4 && found.Code is not "not-yet-honoured").ToList();

        Assert.Equal(expected.Length == 0 ? [] : [line.IndexOf('^', StringComparison.Ordinal) + 1], findings.Select(found => found.Place.Column));
        Assert.All(findings, found => Assert.StartsWith(expected, found.Message, StringComparison.Ordinal));
    }
}
