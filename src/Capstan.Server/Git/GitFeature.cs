using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Git;

/// <summary>Git repositories on disk and over HTTP, and pushes that are never lost.</summary>
internal static class GitFeature
{
    public static void AddGit(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => new GitFolder(provider.GetRequiredService<DataFolder>().Git));
        services.AddSingleton<GitTurns>();
        services.AddSingleton<ObjectReaders>();
        services.AddSingleton<RepositoryLock>();
        services.AddSingleton<PushQueries>();
        services.AddSingleton<PushRules>();
        services.AddSingleton<PushSettlement>();
        services.AddSingleton<PushReceiver>();
        services.AddLoop<PushReconciler>();
    }

    public static void MapGit(this WebApplication app) => app.MapGitEndpoints();
}
