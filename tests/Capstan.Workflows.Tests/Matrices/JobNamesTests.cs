using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;
using Xunit;

namespace Capstan.Workflows.Tests.Matrices;

public sealed class JobNamesTests
{
    [Theory]
    [InlineData("""{"os":["ubuntu"],"node":[20]}""", "build (ubuntu, 20)")]
    [InlineData("""{"os":["ubuntu"],"include":[{"extra":"x"}]}""", "build (ubuntu)")]
    [InlineData("""{"include":[{"os":"ubuntu","extra":"x"}]}""", "build (ubuntu, x)")]
    [InlineData("""{"c":[{"os":"l","v":[1,2]}],"d":[true]}""", "build (l, 1, 2, true)")]
    [InlineData("""{"a":[null],"b":[""]}""", "build")]
    public void Values_of_the_matrix_tell_its_jobs_apart(string matrix, string name) =>
        Assert.Equal(name, JobNames.Display("build", MatrixExpansion.Expand(ValueJson.Parse(matrix)).Combinations[0]));

    [Fact]
    public void Without_a_matrix_the_name_stands_alone() => Assert.Equal("build", JobNames.Display("build", combination: null));

    [Fact]
    public void A_long_name_ends_in_dots_and_never_in_half_a_character()
    {
        Assert.Equal(new string('x', 100), JobNames.Display(new string('x', 100), combination: null));
        Assert.Equal(new string('x', 97) + "...", JobNames.Display(new string('x', 101), combination: null));
        Assert.Equal(new string('x', 96) + "...", JobNames.Display(new string('x', 96) + "😀 and more", combination: null));
    }
}
