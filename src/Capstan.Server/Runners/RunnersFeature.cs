using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Runners;

/// <summary>The machines that run jobs: registration, heartbeat, and what people do with them. Giving them jobs is the room Jobs.</summary>
internal static class RunnersFeature
{
    public static void AddRunners(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RunnerScopes>();
        services.AddSingleton<RegistrationTokens>();
        services.AddSingleton<RunnerRegistration>();
        services.AddSingleton<RunnerQueries>();
        services.AddSingleton<RunnerAdministration>();
        services.AddSingleton<RunnerHeartbeats>();
    }

    public static void MapRunners(this WebApplication app) => RunnerEndpoints.Map(app);
}
