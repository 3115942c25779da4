using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Blobs;

/// <summary>Where large immutable things lie: logs, artifacts and caches.</summary>
internal static class BlobsFeature
{
    public static void AddBlobs(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IBlobStore>(provider => new FolderBlobStore(provider.GetRequiredService<DataFolder>().Blobs, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<BlobIndex>();
        services.AddSingleton<JobUploads>();
        services.AddLoop<BlobSweeper>();
    }
}
