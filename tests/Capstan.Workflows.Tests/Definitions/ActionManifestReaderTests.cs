using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

public sealed class ActionManifestReaderTests
{
    [Fact]
    public void A_composite_action_has_inputs_outputs_and_steps()
    {
        var action = ActionManifestReader.Read("action.yml", """
            name: Greet
            description: Says hello
            branding: { icon: x, color: blue }
            inputs:
              who: { description: whom, required: true, default: "${{ github.actor }}" }
              old: { deprecationMessage: use who }
              bare:
            outputs:
              text: { description: what, value: "${{ steps.say.outputs.text }}" }
            runs:
              using: composite
              steps:
                - id: say
                  shell: bash
                  run: echo "text=hello ${{ inputs.who }}" >> "$GITHUB_OUTPUT"
                - uses: ./sub
                  if: inputs.old != ''
                  continue-on-error: true
            """).Definition!;

        Assert.Equal(ActionKind.Composite, action.Kind);
        Assert.Equal(["who True ", "old False use who", "bare False "], action.Inputs.Select(input => $"{input.Name} {input.Required} {input.DeprecationMessage}"));
        Assert.Equal("text", Assert.Single(action.Outputs).Name);
        Assert.Equal(["say: success()", "__self: success() && (inputs.old != '')"], action.Steps.Select(step => $"{step.Id}: {step.If}"));
    }

    [Fact]
    public void A_script_action_names_its_files_and_their_conditions()
    {
        var action = ActionManifestReader.Read("action.yml", "runs: { using: node20, main: m.js, pre: p.js, post: q.js, post-if: success() }").Definition!;

        Assert.Equal((ActionKind.JavaScript, "m.js", "p.js", "always()", "q.js", "success()"), (action.Kind, action.Main, action.Pre, action.PreIf, action.Post, action.PostIf));
    }

    [Fact]
    public void The_conditions_of_a_script_action_stand_as_written_without_a_status_of_their_own()
    {
        var action = ActionManifestReader.Read("action.yml", "runs: { using: node20, main: m.js, post: q.js, pre-if: \"${{ runner.os == 'Linux' }}\", post-if: \"runner.os == 'Linux'\" }").Definition!;

        Assert.Equal(("runner.os == 'Linux'", "runner.os == 'Linux'"), (action.PreIf, action.PostIf));
    }

    [Theory]
    [InlineData("name: x", "1:1 missing-key")]
    [InlineData("runs: { using: composite, steps: [ { run: a } ] }", "1:36 missing-key")]
    [InlineData("runs: { using: composite }", "1:7 ambiguous")]
    [InlineData("runs: { using: composit, steps: [] }", "1:16 using")]
    [InlineData("runs: { using: node20, steps: [] }", "1:16 using")]
    [InlineData("runs: { using: composite, steps: [ { run: a, shell: bash, timeout-minutes: 1 } ] }", "1:59 unknown-key")]
    [InlineData("runs: { using: composite, steps: [ { run: '${{ secrets.x }}', shell: bash } ] }", "1:43 expression")]
    [InlineData("runs: { using: docker, image: Dockerfile, args: ['${{ github.ref }}'] }", "1:50 expression")]
    public void A_mistake_has_its_place(string yaml, string expected) =>
        Assert.Equal([expected], ActionManifestReader.Read("action.yml", yaml).Diagnostics.Select(found => $"{found.Place} {found.Code}"));
}
