using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Artifacts;

/// <summary>What jobs leave behind for other jobs of their run and for people.</summary>
internal static class ArtifactsFeature
{
    public static void AddArtifacts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<ArtifactStore>();
        services.AddSingleton<ArtifactQueries>();
        services.AddLoop<ArtifactSweeper>();
    }

    public static void MapArtifacts(this WebApplication app)
    {
        JobArtifactEndpoints.Map(app);
        ArtifactEndpoints.Map(app);
    }
}
