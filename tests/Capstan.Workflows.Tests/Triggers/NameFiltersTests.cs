using Capstan.Workflows.Definitions;
using Capstan.Workflows.Triggers;
using Xunit;

namespace Capstan.Workflows.Tests.Triggers;

public sealed class NameFiltersTests
{
    [Theory]
    [InlineData("[Build, Test]", "Test", true, "workflow 'Test' is in workflows (Build, Test)")]
    [InlineData("[Build, Test]", "test", false, "workflow 'test' is not in workflows (Build, Test)")]
    [InlineData("['CI [x] (a+b)?']", "CI [x] (a+b)?", true, "workflow 'CI [x] (a+b)?' is in")]
    [InlineData("['CI *']", "CI main", true, "workflow 'CI main' matches 'CI *' of workflows")]
    [InlineData("['**', '!Nightly']", "Nightly", false, "workflow 'Nightly' is taken out by '!Nightly' of workflows")]
    [InlineData("[Build]", null, true, "workflows (Build) was not checked: the event tells no workflow")]
    public void A_workflow_run_is_about_a_workflow_that_is_named(string filter, string? workflow, bool fires, string why) =>
        AssertDecision($"workflow_run: {{ workflows: {filter} }}", new TriggerInput { Event = "workflow_run", Workflow = workflow }, fires, why);

    [Theory]
    [InlineData("names: [my-image]", "my-image", "1.0.0", true, "image 'my-image' is in names (my-image)")]
    [InlineData("names: ['my-*'], versions: ['1.*']", "my-image", "1.0.0", true, "image 'my-image' matches 'my-*' of names; version '1.0.0' matches '1.*' of versions")]
    [InlineData("names: ['my-*'], versions: ['2.*']", "my-image", "1.0.0", false, "version '1.0.0' is not in versions (2.*)")]
    [InlineData("versions: 1.0.0", null, "1.0.0", true, "version '1.0.0' is in versions (1.0.0)")]
    public void An_image_version_has_a_name_and_a_version(string filters, string? name, string version, bool fires, string why) =>
        AssertDecision($"image_version: {{ {filters} }}", new TriggerInput { Event = "image_version", ImageName = name, ImageVersion = version }, fires, why);

    private static void AssertDecision(string on, TriggerInput input, bool fires, string why)
    {
        var workflow = WorkflowReader.Read("w.yml", $"{{ on: {{ {on} }}, jobs: {{ a: {{ runs-on: x, steps: [ {{ run: a }} ] }} }} }}").Definition!;

        var decision = TriggerMatcher.Decide(workflow, input);

        Assert.Equal(fires, decision.Fires);
        Assert.StartsWith(why, decision.Why, StringComparison.Ordinal);
    }
}
