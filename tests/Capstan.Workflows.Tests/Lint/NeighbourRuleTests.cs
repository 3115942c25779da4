using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class NeighbourRuleTests
{
    private const string Callable = """
        on:
          workflow_call:
            inputs:
              text: { type: string, required: true }
              count: { type: number }
              flag: { type: boolean }
              free: {}
            secrets: { token: { required: true }, other: }
            outputs: { version: { value: x } }
        jobs: { a: { runs-on: ubuntu-latest, steps: [ { run: make } ] } }
        """;

    private const string Action = """
        name: Greet
        description: Says hello
        inputs:
          who: { required: true }
          how: { required: true, default: loud }
          old: { deprecationMessage: use who }
        outputs: { said: { description: what } }
        runs: { using: node20, main: index.js }
        """;

    [Theory]
    [InlineData("with: { text: a }, secrets: { token: x }", "")]
    [InlineData("with: { text: a, flag: maybe, count: 1, free: 1, other: 1 }, secrets: inherit", "workflow-call/unknown-reusable-argument")]
    [InlineData("with: { text: a }", "workflow-call/missing-reusable-argument")]
    [InlineData("secrets: { token: x }", "workflow-call/missing-reusable-argument")]
    [InlineData("with: { text: a }, secrets: { token: x, tokn: y }", "workflow-call/unknown-reusable-argument")]
    [InlineData("with: { text: true }, secrets: inherit", "expression/reusable-input-type")]
    [InlineData("with: { text: 1 }, secrets: inherit", "")]
    [InlineData("with: { text: a, count: '${{ github.actor }}' }, secrets: inherit", "expression/reusable-input-type")]
    [InlineData("with: { text: a, count: '${{ github.event.number }}' }, secrets: inherit", "")]
    [InlineData("with: { text: '${{ github.actor }}-1' }, secrets: inherit", "")]
    public void A_call_gives_what_the_called_workflow_takes(string keys, string expected)
    {
        var found = Linting.Check($"on: push\njobs:\n  a: {{ uses: ./called.yml, {keys} }}", new() { ["called.yml"] = Callable });

        Assert.Equal(expected.Length == 0 ? "" : $"3 {expected}", found);
    }

    [Theory]
    [InlineData("./missing.yml", "3 workflow-call/reusable-workflow-unreadable")]
    [InlineData("$/missing.yml", "3 workflow-call/reusable-workflow-unreadable")]
    [InlineData("./broken.yml", "3 workflow-call/reusable-workflow-unreadable")]
    [InlineData("./push.yml", "3 workflow-call/reusable-workflow-unreadable")]
    [InlineData("./push.yml@main", "3 workflow-call/bad-workflow-ref")]
    [InlineData("owner/repository@main", "3 workflow-call/bad-workflow-ref")]
    [InlineData("owner/repository/ci.yml@main", "")]
    [InlineData("./../outside.yml", "")]
    public void A_called_workflow_must_be_there_and_callable(string uses, string expected) => Assert.Equal(
        expected,
        Linting.Check($"on: push\njobs:\n  a: {{ uses: {uses} }}", new() { ["broken.yml"] = "on: {", ["push.yml"] = "on: push" }));

    [Theory]
    [InlineData("version", "")]
    [InlineData("verson", "4 expression/unknown-property")]
    public void A_job_sees_the_outputs_of_a_workflow_that_another_job_calls(string output, string expected) => Assert.Equal(
        expected,
        Linting.Check(
            "on: push\njobs:\n  a: { uses: ./called.yml, with: { text: a }, secrets: inherit }\n"
            + $"  b: {{ needs: a, runs-on: ubuntu-latest, steps: [ {{ run: 'echo ${{{{ needs.a.outputs.{output} }}}}' }} ] }}",
            new() { ["called.yml"] = Callable }));

    [Theory]
    [InlineData("with: { who: me }", "")]
    [InlineData("with: { WHO: me }", "")]
    [InlineData("with: { how: soft }", "3 action/missing-action-input")]
    [InlineData("with: { who: me, whom: you }", "3 action/unknown-action-input")]
    [InlineData("with: { who: me, old: x }", "3 action/deprecated-action-input")]
    [InlineData("with: { who: '${{ github.actor }}' }", "")]
    public void A_step_gives_what_a_local_action_takes(string with, string expected) =>
        Assert.Equal(expected, CheckAction(Action, $"{{ uses: ./act, {with} }}"));

    [Theory]
    [InlineData("said", "")]
    [InlineData("sayd", "3 expression/unknown-property")]
    public void Outputs_of_a_local_action_are_those_of_its_manifest(string output, string expected) =>
        Assert.Equal(expected, CheckAction(Action, $"{{ uses: ./act, id: x, with: {{ who: me }} }}, {{ run: 'echo ${{{{ steps.x.outputs.{output} }}}}' }}"));

    [Theory]
    [InlineData("name: x", "description: y", "runs: { using: composite, steps: [ { run: make, shell: bash } ] }", "")]
    [InlineData("name: x", "", "runs: { using: node20, main: index.js }", "'description' is required")]
    [InlineData("name: x", "description: y", "", "Required property is missing: runs")]
    [InlineData("name: x", "description: y", "runs: { using: node16, main: index.js }", "'node16' is too old: runners have node20 and node24")]
    [InlineData("name: x", "description: y", "runs: { using: ruby, main: index.js }", "Unexpected value 'ruby'; allowed are: composite, docker, node")]
    [InlineData("name: x", "description: y", "runs: { using: node20, main: gone.js }", "The file 'gone.js' of 'main' does not exist in the action's folder")]
    [InlineData("name: x", "description: y", "runs: { using: node20, main: index.js, pre-if: 'true' }", "'pre-if' is the condition of 'pre', which is not there")]
    [InlineData("name: x", "description: y", "runs: { using: node20, main: index.js, image: x }", "Unexpected value 'image'; allowed are: main, post")]
    [InlineData("name: x", "description: y", "runs: { using: docker, image: Dockerfile }", "The file 'Dockerfile' of 'image' does not exist in the action's folder")]
    [InlineData("name: x", "description: y", "runs: { using: docker, image: 'docker://alpine' }", "")]
    [InlineData("name: x", "description: y\nbranding: { icon: airplay, color: gray-dark }", "runs: { using: node24, main: index.js }", "")]
    [InlineData("name: x", "description: y\nbranding: { icon: airplain }", "runs: { using: node24, main: index.js }", "There is no icon 'airplain' for branding; did you mean 'airplay'?")]
    [InlineData("name: x", "description: y\ninputs: { a: {}, A: {} }", "runs: { using: node24, main: index.js }", "'A' is already defined")]
    public void A_manifest_says_what_it_must_and_names_files_that_are_there(string name, string description, string runs, string expected)
    {
        var found = Linting.Findings(
            "on: push\njobs:\n  a: { runs-on: ubuntu-latest, steps: [ { uses: ./act } ] }",
            new() { ["act/action.yml"] = $"{name}\n{description}\n{runs}", ["act/index.js"] = "" });

        Assert.Equal(expected.Length == 0 ? 0 : 1, found.Count);
        Assert.All(found, mistake => Assert.Equal("3 action/bad-action-metadata", $"{mistake.Place.Line} {mistake.Check.Id}"));
        Assert.All(found, mistake => Assert.StartsWith(expected, mistake.Message.Split(": ", 2)[1], StringComparison.Ordinal));
    }

    [Fact]
    public void A_manifest_is_told_at_its_first_use_only() =>
        Assert.Equal(2, Linting.Findings("on: push\njobs:\n  a: { runs-on: ubuntu-latest, steps: [ { uses: ./act }, { uses: ./act } ] }", new() { ["act/action.yml"] = "runs: { using: docker, image: 'docker://a' }" }).Count);

    [Theory]
    [InlineData("actions/checkout@v4", "")]
    [InlineData("actions/checkout@main", "")]
    [InlineData("actions/checkout@v3.5.1", "6 action/outdated-action")]
    [InlineData("actions/checkout", "6 action/bad-action-ref")]
    [InlineData("checkout@v4", "6 action/bad-action-ref")]
    [InlineData("docker://alpine:3", "")]
    [InlineData("'docker://alpine:'", "6 action/bad-action-ref")]
    [InlineData("docker://", "6 action/bad-action-ref")]
    [InlineData("docker://registry:5000/alpine", "")]
    public void A_reference_has_its_form(string uses, string expected) => Assert.Equal(expected, Linting.CheckSteps($"- uses: {uses}"));

    [Fact]
    public void A_manifest_can_be_checked_itself()
    {
        var findings = Linter.CheckAction("act/action.yml", "name: x\ndescription: y\nruns:\n  using: node20\n  main: gone.js\n", new Nothing());

        Assert.Equal("act/action.yml:5:9: The file 'gone.js' of 'main' does not exist in the action's folder [action]", Assert.Single(findings).ToString());
    }

    private static string CheckAction(string manifest, string steps) => Linting.Check(
        $"on: push\njobs:\n  a: {{ runs-on: ubuntu-latest, steps: [ {steps} ] }}",
        new() { ["act/action.yml"] = manifest, ["act/index.js"] = "" });

    private sealed class Nothing : ILintFiles
    {
        public LintFile? FindAction(string folder) => null;

        public LintFile? FindWorkflow(string path) => null;

        public bool Exists(string path) => false;
    }
}
