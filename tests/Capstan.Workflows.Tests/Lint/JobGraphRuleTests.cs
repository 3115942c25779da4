using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class JobGraphRuleTests
{
    [Theory]
    [InlineData("", "a", "")]
    [InlineData("", "[a, A]", "4 job-needs/duplicate-need")]
    [InlineData("", "x", "4 job-needs/unknown-need")]
    [InlineData("", "['no job', a]", "4 id/bad-id, 4 job-needs/unknown-need")]
    [InlineData("b", "a", "3 job-needs/needs-cycle")]
    [InlineData("a", "a", "3 job-needs/needs-cycle")]
    public void Needs_name_other_jobs_and_make_no_circle(string first, string second, string expected)
    {
        var need = first.Length == 0 ? "" : $"needs: {first}, ";
        var yaml = $"on: push\njobs:\n  a: {{ {need}runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }}\n  b: {{ needs: {second}, runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }}\n  c: {{ runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }}";

        Assert.Equal(expected, string.Join(", ", Linting.Check(yaml).Split(", ").Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("a b, b c a, c c", "3 a needs b needs a, 5 c needs c")]
    [InlineData("a b c, b d, c d, d", "")]
    [InlineData("a b, b c, c a d, d e, e d", "3 a needs b needs c needs a, 6 d needs e needs d")]
    public void A_circle_that_waits_for_another_circle_is_told_too(string graph, string expected)
    {
        var jobs = string.Concat(graph.Split(", ").Select(job => job.Split(' '))
            .Select(job => $"  {job[0]}: {{ {(job.Length == 1 ? "" : $"needs: [{string.Join(',', job[1..])}], ")}runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }}\n"));

        var findings = Linting.Findings($"on: push\njobs:\n{jobs}");

        Assert.Equal(expected, string.Join(", ", findings.Select(found => $"{found.Place.Line} {found.Message.Split(": ")[1]}")));
    }

    [Fact]
    public void Each_circle_is_told_once_and_who_waits_for_it_is_not_in_it()
    {
        var jobs = string.Concat(new[] { "a b", "b a", "c b", "d e", "e f", "f d" }.Select(pair => pair.Split(' '))
            .Select(pair => $"  {pair[0]}: {{ needs: {pair[1]}, runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }}\n"));

        var findings = Linting.Findings($"on: push\njobs:\n{jobs}");

        Assert.Equal(["3 a needs b needs a", "6 d needs e needs f needs d"], findings.Select(found => $"{found.Place.Line} {found.Message.Split(": ")[1]}"));
    }

    [Theory]
    [InlineData("os: [a, b], exclude: [{ os: a }]", "")]
    [InlineData("os: [a, b], exclude: [{ os: c }]", "matrix/matrix-exclude-no-match")]
    [InlineData("os: [a, b], exclude: [{ arch: c }]", "matrix/matrix-exclude-no-match")]
    [InlineData("os: [a], include: [{ arch: c }], exclude: [{ arch: c }]", "matrix/bad-matrix")]
    [InlineData("os: []", "syntax-check/empty-value")]
    [InlineData("os: [{ n: a, v: 1 }], exclude: [{ os: { n: a } }]", "")]
    [InlineData("os: [{ n: a, v: 1 }], exclude: [{ os: { n: a, v: 2 } }]", "matrix/matrix-exclude-no-match")]
    [InlineData("os: [[a, b]], exclude: [{ os: [a, c] }]", "matrix/matrix-exclude-no-match")]
    [InlineData("os: [a, '${{ github.actor }}'], exclude: [{ os: c }]", "")]
    [InlineData("os: '${{ fromJSON(github.actor) }}', exclude: [{ os: c }]", "")]
    [InlineData("exclude: [{ os: c }]", "matrix/matrix-exclude-no-match")]
    [InlineData("os: [a, b, a]", "matrix/matrix-duplicate-value")]
    [InlineData("os: [{ a: 1, b: 2 }, { b: 2, a: 1 }]", "matrix/matrix-duplicate-value")]
    [InlineData("os: [{ a: 1 }, { a: 1, b: 2 }]", "")]
    public void A_matrix_has_each_value_once_and_excludes_what_is_there(string matrix, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : $"5 {expected}", Linting.CheckJob($"runs-on: ubuntu-latest\nstrategy: {{ matrix: {{ {matrix} }} }}"));

    [Theory]
    [InlineData("runs-on: ubuntu-24.04-arm", "")]
    [InlineData("runs-on: ubuntu-latest-16-cores", "")]
    [InlineData("runs-on: [self-hosted, Linux, X64]", "")]
    [InlineData("runs-on: { group: big, labels: [ubuntu-latest] }", "")]
    [InlineData("runs-on: ubuntu-16.04", "4 runner-label/unknown-runner-label")]
    [InlineData("runs-on: [self-hosted, gpu]", "4 runner-label/unknown-runner-label")]
    [InlineData("runs-on: [ubuntu-latest, windows-latest]", "4 runner-label/conflicting-runner-labels")]
    [InlineData("runs-on: [ubuntu-22.04, ubuntu-24.04]", "4 runner-label/conflicting-runner-labels")]
    [InlineData("runs-on: [self-hosted, x64, arm64]", "4 runner-label/conflicting-runner-labels")]
    [InlineData("runs-on: [ubuntu-latest, ubuntu-22.04]", "")]
    [InlineData("runs-on: '${{ github.actor }}'", "")]
    [InlineData("runs-on: '${{ matrix.os }}'\nstrategy: { matrix: { os: [ubuntu-latest, solaris] } }", "5 runner-label/unknown-runner-label")]
    [InlineData("runs-on: '${{ matrix.os }}'\nstrategy: { matrix: { include: [ { os: solaris } ] } }", "5 runner-label/unknown-runner-label")]
    [InlineData("runs-on: '${{ matrix.os }}'\nstrategy: { matrix: { os: [[self-hosted, linux]] } }", "")]
    public void Labels_are_those_of_runners(string keys, string expected) => Assert.Equal(expected, Linting.CheckJob(keys));

    [Theory]
    [InlineData("windows-latest", "sh", "shell-name/unknown-shell")]
    [InlineData("windows-latest", "cmd", "")]
    [InlineData("macos-latest", "powershell", "shell-name/unknown-shell")]
    [InlineData("'${{ matrix.os }}'", "cmd", "")]
    public void A_shell_is_one_of_the_jobs_system(string label, string shell, string expected) => Assert.Equal(
        expected.Length == 0 ? "" : $"5 {expected}",
        Linting.CheckJob($"runs-on: {label}\ndefaults: {{ run: {{ shell: {shell} }} }}\nstrategy: {{ matrix: {{ os: [windows-latest, ubuntu-latest] }} }}"));

    [Fact]
    public void Nobody_is_told_to_need_himself()
    {
        var found = Linting.Findings("on: push\njobs:\n  a: { needs: x, runs-on: ubuntu-latest, steps: [ { run: make } ] }\n  build: { runs-on: ubuntu-latest, steps: [ { run: make } ] }\n");

        Assert.EndsWith("; allowed are: build", Assert.Single(found).Message, StringComparison.Ordinal);
    }
}
