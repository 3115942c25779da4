using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class ContextTypeTests
{
    [Theory]
    [InlineData("x: [1, 2]", "matrix.x", "")]
    [InlineData("x: [1, 2]", "matrix.X", "")]
    [InlineData("x: [1, 2]", "matrix.y", "expression/unknown-property")]
    [InlineData("x: [1, 2]", "matrix.x.y", "expression/not-an-object")]
    [InlineData("x: [1, a]", "matrix.x.y", "expression/not-an-object")]
    [InlineData("x: [1, true]", "matrix.x.y", "")]
    [InlineData("x: [{ a: 1 }, { b: 2 }]", "matrix.x.b", "")]
    [InlineData("x: [{ a: 1 }, { b: 2 }]", "matrix.x.c", "expression/unknown-property")]
    [InlineData("x: [1], include: [{ y: 2 }]", "matrix.y", "")]
    [InlineData("x: [1], include: '${{ fromJSON(github.actor) }}'", "matrix.y", "")]
    [InlineData("x: \"${{ fromJSON('[{}]') }}\"", "matrix.x.y", "expression/unknown-property")]
    [InlineData("x: '${{ fromJSON(github.actor) }}'", "matrix.x.y", "")]
    public void A_matrix_has_the_keys_of_its_vectors_and_includes(string matrix, string expression, string expected) =>
        Assert.Equal(Finding(6, expected), Linting.Check(
            $"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy: {{ matrix: {{ {matrix} }} }}\n    steps: [ {{ run: 'echo ${{{{ {expression} }}}}' }} ]"));

    [Theory]
    [InlineData("needs.a.outputs.x", "")]
    [InlineData("needs.a.result", "")]
    [InlineData("needs.A.outputs.X", "")]
    [InlineData("needs.a.outputs.y", "expression/unknown-property")]
    [InlineData("needs.c.result", "expression/unknown-property")]
    [InlineData("contains(needs.*.result, 'failure')", "")]
    [InlineData("matrix.x", "expression/unknown-property")]
    public void A_job_sees_the_jobs_that_it_needs(string expression, string expected) => Assert.Equal(
        Finding(4, expected),
        Linting.Check(
            "on: push\njobs:\n  a: { runs-on: ubuntu-latest, outputs: { x: 1 }, steps: [ { run: make } ] }\n"
            + $"  b: {{ needs: a, runs-on: ubuntu-latest, steps: [ {{ run: \"echo ${{{{ {expression} }}}}\" }} ] }}\n"
            + "  c: { runs-on: ubuntu-latest, steps: [ { run: make } ] }"));

    [Theory]
    [InlineData("push", "inputs.x", "expression/unknown-property")]
    [InlineData("{ workflow_dispatch: { inputs: { x: } } }", "inputs.x", "")]
    [InlineData("{ workflow_dispatch: { inputs: { x: } } }", "github.event.inputs.y", "expression/unknown-property")]
    [InlineData("{ workflow_dispatch: { inputs: { x: { type: boolean } } } }", "inputs.x > 1", "expression/bad-comparison")]
    [InlineData("{ workflow_dispatch: { inputs: { x: { type: boolean } } } }", "github.event.inputs.x > 1", "")]
    [InlineData("{ workflow_call: { inputs: { x: { type: string } } }, workflow_dispatch: { inputs: { y: } } }", "inputs.x || inputs.y", "")]
    [InlineData("{ workflow_call: { secrets: { x: } } }", "secrets.y", "expression/unknown-property")]
    [InlineData("{ workflow_call: { secrets: { x: } } }", "secrets.GITHUB_TOKEN || secrets.X", "")]
    [InlineData("{ workflow_call: { secrets: { x: } }, push: }", "secrets.y", "")]
    [InlineData("{ workflow_call: }", "secrets.y", "")]
    public void Inputs_and_secrets_are_those_declared(string on, string expression, string expected) =>
        Assert.Equal(expected, Linting.CheckRun($"echo ${{{{ {expression} }}}}", on));

    [Fact]
    public void A_default_sees_the_inputs_above_it() => Assert.Equal(
        "5 expression/unknown-property",
        Linting.CheckEvents("workflow_call:\n  inputs:\n    a: { type: string }\n    b: { type: string, default: '${{ inputs.a }}${{ inputs.c }}' }\n    c: { type: string, default: '${{ inputs.b }}' }"));

    [Theory]
    [InlineData("jobs.a.outputs.x", "")]
    [InlineData("jobs.a.outputs.y", "4 expression/unknown-property")]
    [InlineData("jobs.b.outputs.x", "4 expression/unknown-property")]
    public void Outputs_of_a_called_workflow_come_from_its_jobs(string expression, string expected) => Assert.Equal(
        expected,
        Linting.Check($"on:\n  workflow_call:\n    outputs:\n      x: {{ value: '${{{{ {expression} }}}}' }}\njobs:\n  a: {{ runs-on: ubuntu-latest, outputs: {{ x: 1 }}, steps: [ {{ run: make }} ] }}"));

    [Fact]
    public void Variables_are_known_when_the_settings_name_them()
    {
        var settings = LintSettingsReader.Read("config-variables: [REGION]").Settings;

        Assert.Equal("2 expression/unknown-property", Linting.Check(
            "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [ { run: 'echo ${{ vars.REGION }} ${{ vars.ZONE }}' } ] } }",
            settings: settings));
    }

    private static string Finding(int line, string category) => category.Length == 0 ? "" : $"{line} {category}";
}
