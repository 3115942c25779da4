using Capstan.Cli.Runners;
using Xunit;

namespace Capstan.Cli.Tests.Runners;

public sealed class RegisterCommandTests
{
    [Theory]
    [InlineData(new[] { "gpu,large" }, new[] { "gpu", "large" })]
    [InlineData(new[] { "gpu", " large ," }, new[] { "gpu", "large" })]
    public void Labels_are_given_one_by_one_or_with_commas(string[] given, string[] labels) => Assert.Equal(labels, RegisterCommand.LabelsOf(given));

    [Fact]
    public void A_runner_without_labels_of_its_own_takes_the_jobs_that_most_workflows_have() => Assert.Contains("ubuntu-latest", RegisterCommand.LabelsOf([]));
}
