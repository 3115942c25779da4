using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class SyntaxRuleTests
{
    [Theory]
    [InlineData("runs-on: ubuntu-latest", "")]
    [InlineData("runs-on: ubuntu-latest\nenvironments: x", "5 syntax-check/unknown-key")]
    [InlineData("runs-on: ubuntu-latest\nname: a\nName: b", "6 syntax-check/duplicate-key")]
    [InlineData("runs-on: ubuntu-latest\nenv: X=1", "5 syntax-check/wrong-node-type")]
    [InlineData("runs-on: ubuntu-latest\ntimeout-minutes: soon", "5 syntax-check/expression-or-literal")]
    [InlineData("runs-on: ubuntu-latest\ntimeout-minutes: 0", "5 syntax-check/not-positive")]
    [InlineData("runs-on: ubuntu-latest\nstrategy: { max-parallel: 1.5, matrix: { x: [1] } }", "5 syntax-check/expression-or-literal")]
    [InlineData("runs-on: ubuntu-latest\nneeds: []", "5 syntax-check/empty-value")]
    [InlineData("runs-on: ubuntu-latest\ncontainer: ''", "5 syntax-check/empty-value")]
    [InlineData("runs-on: ubuntu-latest\nenv: {}", "5 syntax-check/empty-value")]
    [InlineData("runs-on: ubuntu-latest\nenv: { A: }", "")]
    [InlineData("runs-on: ubuntu-latest\npermissions: {}", "")]
    [InlineData("runs-on: ubuntu-latest\ncontainer:\n  options: --rm", "5 syntax-check/missing-key")]
    [InlineData("runs-on: ubuntu-latest\nservices:\n  db:\n    image: x\n    credentials:\n      username: me", "8 syntax-check/missing-key")]
    [InlineData("name: x", "3 syntax-check/missing-key")]
    [InlineData("runs-on: ubuntu-latest\nname: &unused x", "5 syntax-check/unused-anchor")]
    [InlineData("runs-on: ubuntu-latest\nname: &x x\nenv: { A: *x }", "")]
    public void A_job_has_the_keys_of_the_language(string keys, string expected) => Assert.Equal(expected, Linting.CheckJob(keys));

    [Theory]
    [InlineData("uses: ./.github/workflows/x.yml\nruns-on: ubuntu-latest", "5 syntax-check/key-not-with-uses")]
    [InlineData("uses: ./.github/workflows/x.yml\nwith: { a: 1 }", "")]
    [InlineData("with: { a: 1 }\nruns-on: ubuntu-latest\nsteps: [ { run: make } ]", "4 syntax-check/key-not-with-uses")]
    [InlineData("runs-on: ubuntu-latest", "3 syntax-check/missing-key")]
    public void A_job_runs_steps_or_calls_a_workflow(string keys, string expected) =>
        Assert.Equal(expected, Linting.Check("on: push\njobs:\n  a:\n    " + keys.Replace("\n", "\n    ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("- run: make\n  uses: a/b@v1", "7 syntax-check/unknown-key")]
    [InlineData("- name: nothing", "6 syntax-check/missing-key")]
    [InlineData("- run: ''", "6 syntax-check/empty-value")]
    [InlineData("- { run: make, id: 1st }", "6 id/bad-id")]
    [InlineData("- { run: make, id: x }\n- { run: make, id: X }", "7 id/bad-id")]
    [InlineData("- { run: make, shell: fish }", "6 shell-name/unknown-shell")]
    [InlineData("- { run: make, shell: cmd }", "6 shell-name/unknown-shell")]
    [InlineData("- { run: make, shell: 'fish {0}' }", "")]
    [InlineData("- { run: make, env: { 'A=B': 1 } }", "6 env-var/bad-env-name")]
    [InlineData("- { run: make, env: { 'a-b': 1 } }", "")]
    [InlineData("- run: |\n    echo '::set-output name=a::b'", "6 deprecated-commands/deprecated-command")]
    [InlineData("- run: echo ::add-path::/opt/bin", "6 deprecated-commands/deprecated-command")]
    [InlineData("- run: echo '::warning::set-output is old'", "")]
    public void A_step_has_the_keys_of_the_language(string steps, string expected) => Assert.Equal(expected, Linting.CheckSteps(steps));

    [Theory]
    [InlineData("jobs: { a: { runs-on: ubuntu-latest, steps: [ { run: make } ] } }", "1 syntax-check/missing-key")]
    [InlineData("on: push\njobs: *nowhere", "2 syntax-check/yaml")]
    [InlineData("on: push\njobs:\n  a: {{ }}: }", "3 syntax-check/yaml")]
    [InlineData("", "1 syntax-check/empty-value")]
    public void A_file_that_is_no_workflow_is_told_in_one_finding(string yaml, string expected) => Assert.Equal(expected, Linting.Check(yaml));

    [Theory]
    [InlineData("runs-on: ubuntu-latest\npermissions: write", "5 permissions/bad-permission-value")]
    [InlineData("runs-on: ubuntu-latest\npermissions: { content: read }", "5 permissions/unknown-permission")]
    [InlineData("runs-on: ubuntu-latest\npermissions: { contents: admin }", "5 permissions/bad-permission-value")]
    [InlineData("runs-on: ubuntu-latest\npermissions: { id-token: write, contents: none }", "")]
    public void Permissions_are_those_of_the_table(string keys, string expected) => Assert.Equal(expected, Linting.CheckJob(keys));

    [Theory]
    [InlineData("runs-on: ubuntu-latest\ncontainer: { image: x, credentials: { username: me, password: secret } }", "5 credentials/plain-password")]
    [InlineData("runs-on: ubuntu-latest\ncontainer: { image: x, credentials: { username: me, password: '${{ secrets.P }}' } }", "")]
    public void A_password_is_not_written_down(string keys, string expected) => Assert.Equal(expected, Linting.CheckJob(keys));

    [Fact]
    public void A_workflow_without_jobs_is_refused() => Assert.Equal("2 syntax-check/empty-value", Linting.Check("on: push\njobs: {}\n"));

    [Theory]
    [InlineData("actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "")]
    [InlineData("actions/checkout@08c6903", "6 action/short-commit-id")]
    [InlineData("acme/tool@20240131", "")]
    [InlineData("acme/tool@feedface", "")]
    [InlineData("https://github.com/acme/tool@v1", "6 action/bad-action-ref")]
    [InlineData("./tool@08c6903", "")]
    [InlineData("$/tool@08c6903", "6 action/bad-action-ref")]
    public void An_action_is_named_by_a_repository_and_a_whole_commit(string uses, string expected) => Assert.Equal(expected, Linting.CheckSteps($"- uses: {uses}"));

    [Fact]
    public void A_job_in_the_group_of_its_workflow_has_a_check_of_its_own() =>
        Assert.Equal("4 concurrency/own-workflow-group", Linting.CheckJob("concurrency: a\nruns-on: ubuntu-latest", on: "push\nconcurrency: A").Replace("5 ", "4 ", StringComparison.Ordinal));

    [Theory]
    [InlineData("on: push\nname: a\0b\njobs: {}", 2, 8)]
    [InlineData("on: push # \0 x\njobs: {}", 1, 12)]
    [InlineData("\u007fELF\u0002\0\0x", 1, 6)]
    public void A_file_with_a_NUL_is_told_so_where_it_stands(string yaml, int line, int column)
    {
        var found = Linting.Findings(yaml).Single(finding => finding.Check.Id == "syntax-check/yaml");

        Assert.Equal(new Place(line, column), found.Place);
        Assert.Contains("a NUL character stands at", found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on: push\nname: \"x\njobs: {}", "2:7")]
    [InlineData("on: push\nname: 'x\njobs: {}", "2:7")]
    public void A_quote_that_is_not_closed_is_told_where_it_begins(string yaml, string place)
    {
        var found = Assert.Single(Linting.Findings(yaml), finding => finding.Check.Id == "syntax-check/yaml");

        Assert.Equal(place, found.Place.ToString());
        Assert.Contains("the quote that begins here is not closed", found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jobs:\n  a: { commands: make }", "")]
    [InlineData("stages: [a]\njobs:\n  a: { stage: b, comands: make }", "3 syntax-check/missing-key, 3 syntax-check/unknown-key, 3 syntax-check/wrong-value")]
    [InlineData("jobs:\n  a: { needs: b, commands: 'echo ${{ nothing }}' }\n  b: [", "2 expression/expression-syntax, 4 syntax-check/yaml")]
    public void A_pipeline_is_judged_by_its_own_keys(string yaml, string expected)
    {
        var found = Linter.Check(".capstan.yml", yaml + "\n", LintSettings.Default, null).Where(finding => finding.Severity == Severity.Error);

        Assert.Equal(expected, string.Join(", ", found.Select(finding => $"{finding.Place.Line} {finding.Check.Id}").Order(StringComparer.Ordinal)));
    }
}
