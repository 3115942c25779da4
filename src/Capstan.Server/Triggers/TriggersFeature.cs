using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Triggers;

/// <summary>From what happened to what runs, with the reasons.</summary>
internal static class TriggersFeature
{
    public static void AddTriggers(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<TriggerEvents>();
        services.AddSingleton<TriggerQueries>();
        services.AddSingleton<WorkflowFiles>();
        services.AddSingleton<WorkflowCalls>();
        services.AddSingleton<PushTrigger>();
        services.AddSingleton<TriggerProcessor>();
        services.AddLoop<TriggerLoop>();
        services.AddSingleton(provider => new WorkflowDispatch(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<ObjectReaders>(),
            provider.GetRequiredService<WorkflowFiles>(),
            provider.GetRequiredService<TriggerEvents>(),
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<WakeUps>(),
            provider.GetRequiredService<ServerAddresses>()));
    }

    public static void MapTriggers(this WebApplication app) => app.MapTriggerEndpoints();
}
