using Capstan.Cli.LocalRuns.Views;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns.Views;

public sealed class ReportLinesTests
{
    [Theory]
    [InlineData(-5, "0.0s")]
    [InlineData(0, "0.0s")]
    [InlineData(49, "0.0s")]
    [InlineData(50, "0.1s")]
    [InlineData(250, "0.3s")]
    [InlineData(1234, "1.2s")]
    [InlineData(9949, "9.9s")]
    [InlineData(9950, "10.0s")]
    [InlineData(10_400, "10s")]
    [InlineData(61_000, "1m 01s")]
    [InlineData(3_660_000, "1h 01m")]
    public void Durations_are_short(int milliseconds, string text) => Assert.Equal(text, ReportLines.Duration(TimeSpan.FromMilliseconds(milliseconds)));
}
