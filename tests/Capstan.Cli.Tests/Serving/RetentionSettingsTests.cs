using System.CommandLine;
using Capstan.Cli.Serving;
using Capstan.Server;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Capstan.Cli.Tests.Serving;

public sealed class RetentionSettingsTests
{
    [Fact]
    public void Without_settings_logs_and_artifacts_stay_90_days_and_caches_a_week_or_10_GiB()
    {
        var options = Read([]);
        Assert.Equal((90, 90, 7, 10L << 30), (options.LogRetention.TotalDays, options.ArtifactRetention.TotalDays, options.CacheRetention.TotalDays, options.CacheBytesPerRepository));
    }

    [Fact]
    public void Each_setting_changes_its_own_limit()
    {
        var options = Read(new()
        {
            ["CAPSTAN_LOG_RETENTION_DAYS"] = "1", ["CAPSTAN_ARTIFACT_RETENTION_DAYS"] = "3650", ["CAPSTAN_CACHE_RETENTION_DAYS"] = "30", ["CAPSTAN_CACHE_GIB"] = "100000",
        });
        Assert.Equal((1, 3650, 30, 100_000L << 30), (options.LogRetention.TotalDays, options.ArtifactRetention.TotalDays, options.CacheRetention.TotalDays, options.CacheBytesPerRepository));
    }

    [Theory]
    [InlineData("CAPSTAN_LOG_RETENTION_DAYS", "0")]
    [InlineData("CAPSTAN_ARTIFACT_RETENTION_DAYS", "3651")]
    [InlineData("CAPSTAN_CACHE_RETENTION_DAYS", "a week")]
    [InlineData("CAPSTAN_CACHE_GIB", "100001")]
    [InlineData("CAPSTAN_CACHE_GIB", "-1")]
    public void A_number_out_of_bounds_is_the_callers_mistake(string name, string value)
    {
        var refused = Assert.Throws<CommandException>(() => Read(new() { [name] = value }));
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    private static ServerOptions Read(Dictionary<string, string> environment)
    {
        var serving = new ServingOptions();
        var command = new Command("server");
        serving.AddTo(command);
        return serving.Read(command.Parse(["--data", "/nowhere"]), name => environment.GetValueOrDefault(name), LogLevel.Information, TimeProvider.System);
    }
}
