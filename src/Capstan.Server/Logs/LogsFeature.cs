using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Logs;

/// <summary>What jobs print: taken from runners, shown live, kept as one object each.</summary>
internal static class LogsFeature
{
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<LogStreams>();
        services.AddSingleton<LogReader>();
        services.AddSingleton<JobLogs>();
        services.AddSingleton<LogEvents>();
        services.AddLoop<LogArchiver>();
        services.AddLoop<LogRetention>();
    }

    public static void MapLogs(this WebApplication app) => LogEndpoints.Map(app);
}
