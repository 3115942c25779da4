using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

/// <summary>A thousand errors and a thousand warnings of a file are told, whichever come first: what refuses a file is never hidden by what does not.</summary>
public sealed class FindingLimitTests
{
    private const int More = 1100;

    private const string Push = "on: push\njobs:\n";

    private const string Job = "runs-on: ubuntu-latest, steps: [ { run: make } ]";

    /// <summary>Many warnings, and behind them one mistake that refuses the file.</summary>
    public static TheoryData<string, string> Files => new()
    {
        { Push + $"  a: {{ {Job}, env: {{ {Many(index => $"A{index}: &a{index} x")} }}, stps: [] }}\n", "syntax-check/unknown-key" },
        { Push + $"  a: {{ runs-on: ubuntu-latest, steps: [ {{ run: make, shell: '{Text("${{ env.A }}")}', stps: 1 }} ] }}\n", "expression/expression-syntax, syntax-check/unknown-key" },
        { Push + $"  a: {{ runs-on: ubuntu-latest, steps: [ {{ run: make, shell: '{Text("${{ env.A }}")}${{{{ nowhere.a }}}}' }} ] }}\n", "expression/unknown-context" },
        { Push + $"  a: {{ runs-on: ubuntu-latest, steps: [ {{ run: make, shell: &s '${{{{ github.ref }}}}' }}, {{ run: make, id: *s }} ] }}\n", "expression/context-not-available" },
        { Push + $"  a: {{ {Job}, env: {{ {Many(index => $"A{index}: '${{{{ github.x{index} }}}}'")} }}, timeout-minutes: \"${{{{ 'a' }}}}\" }}\n", "expression/expression-type" },
        { Push + $"  a: {{ {Job} }}\n  b: {{ {Job}, needs: [{Many(_ => "a")}, c] }}\n", "job-needs/unknown-need" },
        { Push + $"  a: {{ {Job} }}\n  b: {{ {Job}, needs: [{Many(_ => "a")}, c, 1d] }}\n", "id/bad-id, job-needs/unknown-need" },
        { Push + $"  a: {{ {Job}, strategy: {{ matrix: {{ v: [1], include: [ {{ w: 1 }} ], exclude: [ {Many(_ => "{ v: 2 }")}, {{ w: 1 }}, {{ x: 1 }} ] }} }} }}\n", "matrix/bad-matrix, matrix/matrix-exclude-no-match" },
        { Push + $"  a: {{ uses: ./called.yml, with: {{ {Many(index => $"n{index}: x")}, other: 1 }} }}\n", "workflow-call/missing-reusable-argument, workflow-call/unknown-reusable-argument" },
        { Push + $"  a: {{ uses: ./called.yml, with: {{ {Many(index => $"n{index}: x")}, who: x }}, secrets: {{ other: x }} }}\n", "workflow-call/unknown-reusable-argument" },
        { $"on: {{ push: {{ branches: [{Many(_ => "' a'")}] }} }}\njobs: {{ a: {{ {Job}, stps: 1 }} }}\n", "syntax-check/unknown-key" },
        { Push + $"{Many(index => $"  a{index}: {{ runs-on: ubuntu-latest }}", "\n")}\n  b: {{ {Job}, needs: c }}\n", "job-needs/unknown-need" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void No_number_of_warnings_hides_an_error(string yaml, string expected)
    {
        var found = Linting.Findings(yaml, new() { ["called.yml"] = Called });

        Assert.Equal(expected, Errors(found));
    }

    [Fact]
    public void No_number_of_warnings_hides_an_error_of_a_pipeline()
    {
        var yaml = $"stages: [{Many(index => $"s{index}")}, last]\njobs:\n  a: {{ stage: last, commands: [] }}\n";

        Assert.Equal("syntax-check/wrong-value", Errors(Linter.Check(".capstan.yml", yaml, LintSettings.Default, null)));
    }

    [Fact]
    public void No_number_of_errors_hides_a_warning()
    {
        var yaml = Push + $"  a: {{ {Job}, env: {{ {Many(index => $"A{index}: '${{{{ nowhere.x }}}}'")} }}, name: '${{{{ github.x }}}}' }}\n";

        Assert.Contains(Linting.Findings(yaml), found => found.Check == LintChecks.UnknownProperty);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("github")]
    public void What_is_ignored_takes_no_room(string context)
    {
        var steps = $"[ {{ run: make, shell: fish, env: {{ {Many(index => $"A{index}: '${{{{ {context}.x{index} }}}}'")} }} }} ]";
        var settings = LintSettingsReader.Read("paths: { '*.yml': { ignore: [nowhere, github] } }").Settings;

        var found = Linting.Check(Push + $"  a: {{ stps: 1, runs-on: ubuntu-latest, steps: {steps} }}\n", settings: settings);

        Assert.Equal("3 syntax-check/unknown-key, 3 shell-name/unknown-shell", found);
    }

    [Fact]
    public void Of_what_is_ignored_ten_thousand_findings_are_left_out()
    {
        var values = string.Join(", ", Enumerable.Range(0, 10_003).Select(index => $"A{index}: '${{{{ github.x{index} }}}}'"));
        var settings = LintSettingsReader.Read("paths: { '*.yml': { ignore: [github] } }").Settings;

        Assert.Equal((0, 3), Counts(Linter.Check("w.yml", Push + $"  a: {{ {Job}, env: {{ {values} }} }}\n", settings, null)));
    }

    [Fact]
    public void Of_each_severity_a_thousand_are_told()
    {
        var yaml = Push + $"  a: {{ {Job}, env: {{ {Many(index => $"A{index}: '${{{{ nowhere.x }}}}', B{index}: '${{{{ github.x{index} }}}}'")} }} }}\n";

        Assert.Equal((1000, 1000), Counts(Linting.Findings(yaml)));
    }

    [Fact]
    public void Of_the_manifest_of_an_action_a_thousand_warnings_are_told()
    {
        var yaml = $"name: a\ndescription: b\nruns: {{ using: composite, steps: 1 }}\n{Many(index => $"k{index}: x", "\n")}\n";

        Assert.Equal((1, 1000), Counts(Linter.CheckAction("action.yml", yaml, new NoFiles())));
    }

    private const string CalledHead = "on:\n  workflow_call:\n    inputs:\n      who: { type: string, required: true }\n";

    private static string Called => $"{CalledHead}{Many(index => $"      n{index}: {{ type: number }}", "\n")}\njobs: {{ a: {{ {Job} }} }}\n";

    private static string Errors(IReadOnlyList<LintFinding> findings) =>
        string.Join(", ", findings.Where(found => found.Severity == Severity.Error).Select(found => found.Check.Id).Distinct().Order(StringComparer.Ordinal));

    private static (int Errors, int Warnings) Counts(IReadOnlyList<LintFinding> findings) =>
        (findings.Count(found => found.Severity == Severity.Error), findings.Count(found => found.Severity == Severity.Warning));

    private static string Text(string part) => string.Concat(Enumerable.Repeat(part, More));

    private static string Many(Func<int, string> part, string between = ", ") => string.Join(between, Enumerable.Range(0, More).Select(part));

    private sealed class NoFiles : ILintFiles
    {
        public LintFile? FindAction(string folder) => null;

        public LintFile? FindWorkflow(string path) => null;

        public bool Exists(string path) => false;
    }
}
