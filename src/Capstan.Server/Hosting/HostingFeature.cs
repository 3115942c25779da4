using Capstan.Server.Data;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Hosting;

/// <summary>The web server, its limits, and what every request passes through.</summary>
internal static class HostingFeature
{
    /// <summary>The largest body unless a route says otherwise: a JSON request of ours is a few kilobytes.</summary>
    public const long MaxRequestBodyBytes = 1024 * 1024;

    private static readonly TimeSpan HeadersLimit = TimeSpan.FromSeconds(30);

    public static void AddHosting(this WebApplicationBuilder builder, ServerOptions options)
    {
        options.Logging?.Invoke(builder.Logging);

        // What goes wrong at the start is told once, by whoever started the server. And that the web keys lie unencrypted in the data folder is how it is meant: only
        // the server's user reads it, as it reads the master key.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
            kestrel.Limits.RequestHeadersTimeout = HeadersLimit;
        });
        var services = builder.Services;
        services.AddRouting();
        services.AddSingleton(options);
        services.AddSingleton(options.TimeProvider);
        services.AddSingleton<ServerAddresses>();
        services.AddSingleton<BackgroundLoops>();
        services.AddSingleton<EventStreams>();
        services.AddLoop<ServerHeartbeat>();
        services.Configure<JsonOptions>(json => JsonRules.Apply(json.SerializerOptions));

        // Thrown, so that ErrorAnswers gives malformed input the same form as every other refusal.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownLimit);
        services.AddOpenApi(openApi => openApi.AddDocumentTransformer<ApiDescription>());

        // All servers of one database share the folder, so that a form made by one is accepted by another.
        services.AddDataProtection().SetApplicationName("capstan");
        services.AddOptions<Microsoft.AspNetCore.DataProtection.KeyManagement.KeyManagementOptions>().Configure<DataFolder, ILoggerFactory>((keys, folder, loggers) =>
            keys.XmlRepository = new Microsoft.AspNetCore.DataProtection.Repositories.FileSystemXmlRepository(new DirectoryInfo(folder.WebKeys), loggers));
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "capstan_antiforgery";
            antiforgery.Cookie.HttpOnly = true;
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
    }

    /// <summary>Outermost first. The rule of a route is decided before anything reads the request's body.</summary>
    public static void UseHosting(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ErrorAnswers>();
        app.UseRouting();
        app.UseMiddleware<EndsWithServerMiddleware>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseAntiforgery();
    }

    public static void MapHosting(this WebApplication app)
    {
        app.MapGet("/health", GetHealth).Require(Access.Anyone).ExcludeFromDescription();
        app.MapOpenApi("/v1/openapi.json").Require(Access.Anyone);
    }

    private static async Task<IResult> GetHealth(Database database, CancellationToken cancellationToken)
    {
        await database.ReadSingleOrDefaultAsync<int>("select 1", cancellationToken: cancellationToken);
        return TypedResults.Ok(new HealthResponse("ok"));
    }

    private sealed record HealthResponse(string Status);
}
