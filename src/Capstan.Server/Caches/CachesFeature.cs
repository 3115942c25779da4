using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Caches;

/// <summary>What jobs keep for later runs, to be faster and never to be relied on.</summary>
internal static class CachesFeature
{
    public static void AddCaches(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<CacheScopes>();
        services.AddSingleton<CacheStore>();
        services.AddLoop<CacheSweeper>();
    }

    public static void MapCaches(this WebApplication app)
    {
        JobCacheEndpoints.Map(app);
        CacheEndpoints.Map(app);
    }
}
