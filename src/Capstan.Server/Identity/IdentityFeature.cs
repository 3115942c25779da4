using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Identity;

/// <summary>Who is asking, and what may they do: users, passwords, sessions, tokens, and the rule of every route.</summary>
internal static class IdentityFeature
{
    public static void AddIdentity(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => MasterKey.Load(provider.GetRequiredService<DataFolder>(), provider.GetRequiredService<ServerOptions>().MasterKey));
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<JobTokens>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<FailedSignIns>();
        services.AddSingleton<RunnerCredentials>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<Users>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<Sessions>();
        services.AddLoop<SessionSweeper>();
        services.AddSingleton<RightsQueries>();
        services.AddSingleton<AccessDecisions>();
    }

    public static void MapIdentity(this WebApplication app)
    {
        UserEndpoints.Map(app);
        TokenEndpoints.Map(app);
        SignInEndpoints.Map(app);
    }
}
