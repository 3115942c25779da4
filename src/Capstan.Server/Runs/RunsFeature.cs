using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Runs;

/// <summary>Workflows and their runs: making, driving, cancelling and showing them.</summary>
internal static class RunsFeature
{
    public static void AddRuns(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RunPlans>();
        services.AddSingleton<RunFactsQueries>();
        services.AddSingleton<RunDriver>();
        services.AddSingleton<RunCreator>();
        services.AddSingleton<RunCancellation>();
        services.AddSingleton<RunQueries>();
    }

    public static void MapRuns(this WebApplication app)
    {
        RunEndpoints.Map(app);
        WorkflowEndpoints.Map(app);
    }
}
