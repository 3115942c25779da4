using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Deployments;

/// <summary>What jobs deploy to.</summary>
internal static class DeploymentsFeature
{
    public static void AddDeployments(this WebApplicationBuilder builder) => builder.Services.AddSingleton<EnvironmentStore>();

    public static void MapDeployments(this WebApplication app) => EnvironmentEndpoints.Map(app);
}
