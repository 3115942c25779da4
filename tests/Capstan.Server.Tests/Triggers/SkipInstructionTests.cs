using Capstan.Server.Triggers;
using Xunit;

namespace Capstan.Server.Tests.Triggers;

public sealed class SkipInstructionTests
{
    [Theory]
    [InlineData("Fix [skip ci]", "[skip ci]")]
    [InlineData("[CI Skip] fix", "[CI Skip]")]
    [InlineData("Fix\n\nbody [no ci] body", "[no ci]")]
    [InlineData("[skip actions]", "[skip actions]")]
    [InlineData("[actions skip]", "[actions skip]")]
    [InlineData("Fix\n\n\nskip-checks: true\n", "skip-checks: true")]
    [InlineData("Fix\n\nbody\n\nSigned-off-by: A\nskip-checks:true", "skip-checks:true")]
    [InlineData("skip-checks: true", null)]
    [InlineData("Fix\n\nskip-checks: true\n\nbody", null)]
    [InlineData("Fix skip ci", null)]
    [InlineData("", null)]
    public void The_words_are_found_where_they_count(string message, string? words) => Assert.Equal(words, SkipInstruction.Find(message));
}
