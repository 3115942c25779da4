using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Secrets;

/// <summary>Secrets and configuration variables of organizations, repositories and environments.</summary>
internal static class SecretsFeature
{
    public static void AddSecrets(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<SecretBox>();
        services.AddSingleton<SecretStore>();
        services.AddSingleton<VariableStore>();
        services.AddSingleton<JobSecrets>();
    }

    public static void MapSecrets(this WebApplication app)
    {
        SecretEndpoints.Map(app);
        VariableEndpoints.Map(app);
    }
}
