using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Repositories;

/// <summary>Repositories and their branch locks. What is inside them is Git's room.</summary>
internal static class RepositoriesFeature
{
    public static void AddRepositories(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RepositoryQueries>();
        services.AddSingleton<CreateRepository>();
        services.AddSingleton<BranchLocks>();
    }

    public static void MapRepositories(this WebApplication app) => app.MapRepositoryEndpoints();
}
