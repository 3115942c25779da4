using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class ExpressionRuleTests
{
    [Theory]
    [InlineData("echo ${{ github.actor }}", "")]
    [InlineData("echo ${{ github.actr }}", "expression/unknown-property")]
    [InlineData("echo ${{ gihub.actor }}", "expression/unknown-context")]
    [InlineData("echo ${{ jobs.a.result }}", "expression/context-not-available")]
    [InlineData("echo ${{ lenght(github.actor) }}", "expression/unknown-function")]
    [InlineData("echo ${{ always() }}", "expression/function-not-available")]
    [InlineData("echo ${{ contains(github.actor) }}", "expression/function-arguments")]
    [InlineData("echo ${{ github.actor == \"me\" }}", "expression/expression-syntax")]
    [InlineData("echo ${{ github.actor", "expression/expression-syntax")]
    [InlineData("echo ${{ vars.GITHUB_X }}", "expression/variable-name")]
    [InlineData("echo ${{ vars.A_1 }}", "")]
    public void Names_are_those_of_the_place(string script, string expected) => Assert.Equal(expected, Linting.CheckRun(script));

    [Theory]
    [InlineData("echo ${{ github.actor.name }}", "expression/not-an-object")]
    [InlineData("echo ${{ env }}", "expression/whole-object-in-template")]
    [InlineData("echo ${{ toJSON(env) }}", "")]
    [InlineData("echo ${{ env[0] }}", "expression/bad-index")]
    [InlineData("echo ${{ env[github.actor] }}", "")]
    [InlineData("echo ${{ job.services.db.ports[5432] }}", "")]
    [InlineData("echo ${{ github.event.anything.at.all[0] }}", "")]
    [InlineData("echo ${{ github.event.commits.*.id }}", "expression/whole-object-in-template")]
    [InlineData("echo ${{ join(github.event.commits.*.id, ' ') }}", "")]
    [InlineData("echo ${{ github.actor.* }}", "expression/not-an-object, expression/whole-object-in-template")]
    [InlineData("echo ${{ env == 'x' }}", "expression/bad-comparison")]
    [InlineData("echo ${{ env == null }}", "")]
    [InlineData("echo ${{ '1' == 1 }}", "")]
    [InlineData("echo ${{ true > false }}", "expression/bad-comparison")]
    [InlineData("echo ${{ github.run_number > 3 }}", "")]
    [InlineData("echo ${{ fromJSON('[1, 2]') == fromJSON('[\"a\"]') }}", "")]
    [InlineData("echo ${{ fromJSON('[[1]]') == fromJSON('[{}]') }}", "expression/bad-comparison")]
    [InlineData("echo ${{ startsWith(env, 'x') }}", "expression/argument-type")]
    [InlineData("echo ${{ case(github.ref, 'a', 'b') }}", "expression/argument-type")]
    [InlineData("echo ${{ case(github.ref == 'x', 'a', fromJSON(github.sha), 'b', 'c') }}", "")]
    [InlineData("echo ${{ }} ${{ nothing.x }}", "expression/expression-syntax, expression/unknown-context")]
    [InlineData("echo ${{ nothing.x }} ${{ github.sha", "expression/unknown-context, expression/expression-syntax")]
    [InlineData("echo ${{ contains(fromJSON('[1]'), 1) }}", "")]
    [InlineData("echo ${{ fromJSON('{') }}", "expression/broken-json")]
    [InlineData("echo ${{ fromJSON('{\"a\":1}').b }}", "expression/unknown-property")]
    [InlineData("echo ${{ format('{0} {1}', 'a') }}", "expression/format-placeholders")]
    [InlineData("echo ${{ format('{0}', 'a', 'b') }}", "expression/format-placeholders")]
    [InlineData("echo ${{ format('{', 'a') }}", "expression/format-placeholders")]
    [InlineData("echo ${{ format('{{{0}}}', 'a') }}", "")]
    [InlineData("echo ${{ github.event_name == 'push' && 'a' || 'b' }}", "")]
    [InlineData("echo ${{ github.event.x && env }}", "")]
    [InlineData("echo ${{ env || 'b' }}", "expression/whole-object-in-template")]
    [InlineData("echo ${{ case(true, env, github.event) }}", "expression/whole-object-in-template")]
    public void Types_fit(string script, string expected) => Assert.Equal(expected, Linting.CheckRun(script));

    [Theory]
    [InlineData("- { run: make, continue-on-error: '${{ github.actor }}' }", "6 expression/expression-type")]
    [InlineData("- { run: make, continue-on-error: \"${{ 'yes' }}\" }", "6 expression/expression-type")]
    [InlineData("- { run: make, timeout-minutes: '${{ env.LIMIT }}' }", "6 expression/expression-type")]
    [InlineData("- { run: make, timeout-minutes: '${{ fromJSON(env.LIMIT) }}' }", "")]
    [InlineData("- { run: make, env: '${{ github.actor }}' }", "6 expression/expression-type")]
    [InlineData("- { run: make, env: '${{ github.event }}' }", "")]
    [InlineData("- { run: make, shell: '${{ env.SHELL }}' }", "6 expression/context-not-available")]
    [InlineData("- run: ${{ steps.b.outputs.x }}\n- { run: make, id: b }", "6 expression/unknown-property")]
    [InlineData("- { run: make, id: b }\n- run: echo ${{ steps.b.outputs.x }}", "")]
    [InlineData("- { run: make, id: b }\n- run: echo ${{ steps.b.output.x }}", "7 expression/unknown-property")]
    [InlineData("- run: make\n  if: ${{ secrets.X != '' }}", "7 expression/context-not-available")]
    [InlineData("- run: make\n  if: ${{ github.ref == 'x' }} || true", "7 if-cond/always-true")]
    [InlineData("- if: |\n    ${{ github.ref == 'x' }}\n  run: make", "6 if-cond/always-true")]
    [InlineData("- run: make\n  if: true", "7 if-cond/constant-condition")]
    [InlineData("- run: make\n  if: ${{ 1 == 1 }}", "7 if-cond/constant-condition")]
    [InlineData("- run: make\n  if: always()", "")]
    [InlineData("- run: make\n  if: github.event_name", "")]
    public void Values_fit_their_keys(string steps, string expected) => Assert.Equal(expected, Linting.CheckSteps(steps));

    [Theory]
    [InlineData("echo ${{ github.event.issue.title }}", "expression/untrusted-input")]
    [InlineData("echo ${{ github['head_ref'] }}", "expression/untrusted-input")]
    [InlineData("echo ${{ toJSON(github.event.*.body) }}", "expression/untrusted-input")]
    [InlineData("echo ${{ github.event.commits[0].message }}", "expression/untrusted-input")]
    [InlineData("echo ${{ github.event.x || github.head_ref }}", "expression/untrusted-input")]
    [InlineData("echo ${{ contains(github.event.issue.title, 'x') }}", "")]
    [InlineData("echo ${{ github.head_ref == 'main' }}", "")]
    [InlineData("echo ${{ github.event.issue.number }}", "")]
    public void Nothing_from_outsiders_becomes_a_script(string script, string expected) => Assert.Equal(expected, Linting.CheckRun(script, "issues"));

    [Fact]
    public void Broken_json_is_told_with_the_place_in_it()
    {
        var finding = Assert.Single(Linting.Findings("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ fromJSON('[1, 2, x]') }}"));

        Assert.Equal("The text given to fromJSON() is no JSON: not valid, or nested deeper than 64 levels, at line 1, byte 8", finding.Message);
    }

    [Fact]
    public void A_place_inside_a_block_of_text_is_shown_and_the_block_is_named()
    {
        var finding = Assert.Single(Linting.Findings("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          make\n          echo \"${{ github.actr }}\""));

        Assert.Equal(("6:14", "8:21", 11), (finding.Place.ToString(), finding.Span.Start.ToString(), finding.Span.Length));
    }

    [Theory]
    [InlineData("- run: 'it''s ${{ github.actr }}'", "6:25")]
    [InlineData("- run: \"a \\\"b\\\" ${{ github.actr }}\"", "6:27")]
    [InlineData("- run: &x !!str a ${{ github.actr }}", "6:29")]
    [InlineData("- run: >-\n    folded\n\n    ${{ github.actr }}", "9:15")]
    public void A_place_inside_a_text_is_found_however_it_is_quoted(string steps, string expected)
    {
        var workflow = $"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      {steps.Replace("\n", "\n      ", StringComparison.Ordinal)}\n      - run: *x\n";
        workflow = steps.Contains("&x", StringComparison.Ordinal) ? workflow : workflow.Replace("      - run: *x\n", "", StringComparison.Ordinal);

        Assert.Equal(expected, Linting.Findings(workflow)[0].Span.Start.ToString());
    }
}
