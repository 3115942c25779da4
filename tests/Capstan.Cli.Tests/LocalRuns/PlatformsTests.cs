using Capstan.Cli.LocalRuns;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class PlatformsTests
{
    [Theory]
    [InlineData("ubuntu-latest", true)]
    [InlineData("self-hosted", true)]
    [InlineData("gpu", true)]
    [InlineData("alarm", true)]
    [InlineData("windows-latest", false)]
    [InlineData("Windows", false)]
    [InlineData("macos-14-xlarge", false)]
    public void A_label_is_this_host_unless_it_names_another_system(string label, bool here) =>
        Assert.Equal(here, new Platforms([]).Find([label]) is Platform.Host);

    [Fact]
    public void A_job_with_one_foreign_label_has_no_platform_and_the_reason_names_it()
    {
        var none = Assert.IsType<Platform.None>(new Platforms([]).Find(["self-hosted", "windows"]));

        Assert.Contains("not Windows", none.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_wins_over_the_name() =>
        Assert.IsType<Platform.Host>(new Platforms([new("windows-latest", "host")]).Find(["windows-latest"]));

    [Fact]
    public void A_mapping_of_several_labels_fits_them_in_any_order_and_case() =>
        Assert.Equal(new Platform.Docker("debian"), new Platforms([new("GPU, self-hosted", "docker:debian"), new("gpu", "host")]).Find(["self-hosted", "gpu"]));

    [Fact]
    public void The_last_word_on_a_label_counts() =>
        Assert.IsType<Platform.Host>(new Platforms([new("gpu", "docker:debian"), new("gpu", "host")]).Find(["gpu"]));
}
