using Capstan.Server.Administration;
using Capstan.Server.Artifacts;
using Capstan.Server.Audit;
using Capstan.Server.Blobs;
using Capstan.Server.Caches;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Git;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Capstan.Server.Logs;
using Capstan.Server.Organizations;
using Capstan.Server.Repositories;
using Capstan.Server.Runners;
using Capstan.Server.Triggers;
using Capstan.Server.Runs;
using Capstan.Server.Secrets;
using Capstan.Server.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Capstan.Server;

/// <summary>The control plane in this process. The table of contents of the server: each line of <see cref="Compose"/> and <see cref="Map"/> leads to one room.</summary>
public sealed class CapstanServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ServerStorage storage;
    private bool stopped;

    private CapstanServer(WebApplication app, ServerStorage storage)
    {
        this.app = app;
        this.storage = storage;
    }

    /// <summary>The first bound address, without a slash at its end.</summary>
    public string Url => Services.GetRequiredService<ServerAddresses>().BoundUrl;

    public IServiceProvider Services => app.Services;

    /// <summary>Opens data folder and database, migrates, listens, and starts the background loops.</summary>
    /// <exception cref="StartupException">A person must do something first; the message says what.</exception>
    public static async Task<CapstanServer> StartAsync(ServerOptions options, CancellationToken cancellationToken = default)
    {
        var storage = await ServerStorage.OpenAsync(options, cancellationToken);
        WebApplication? app = null;
        try
        {
            app = Build(options, storage);

            // Opened before the first request, so that a wrong master key stops the start and not the first job.
            await app.Services.GetRequiredService<SigningKeys>().CurrentAsync(cancellationToken);
            await ListenAsync(app, options, cancellationToken);
            app.Services.GetRequiredService<WakeUps>().Start();
            if (options.RunBackgroundLoops)
                app.Services.GetRequiredService<BackgroundLoops>().Start();
            return new CapstanServer(app, storage);
        }
        catch
        {
            if (app is not null)
                await app.DisposeAsync();
            await storage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends when the process is asked to stop, or the server was stopped.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) => ((IHost)app).WaitForShutdownAsync(cancellationToken);

    /// <summary>Takes no further requests, lets running ones end for a while, then ends loops, connections and the private database.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (stopped)
            return;
        stopped = true;
        await app.StopAsync(cancellationToken);
        await app.Services.GetRequiredService<BackgroundLoops>().StopAsync();
        await app.DisposeAsync();
        await storage.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    /// <summary>What is in the server.</summary>
    private static void Compose(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.AddHosting(options);
        builder.AddIdentity();
        builder.AddOrganizations();
        builder.AddRepositories();
        builder.AddGit();
        builder.AddTriggers();
        builder.AddAudit();
        builder.AddSecrets();
        builder.AddDeployments();
        builder.AddRuns();
        builder.AddJobs();
        builder.AddAdministration();
        builder.AddRunners();
        builder.AddBlobs();
        builder.AddLogs();
        builder.AddArtifacts();
        builder.AddCaches();
        builder.AddWeb();
    }

    /// <summary>What can be asked of it.</summary>
    private static void Map(WebApplication app)
    {
        app.MapHosting();
        app.MapIdentity();
        app.MapOrganizations();
        app.MapRuns();
        app.MapJobs();
        app.MapAudit();
        app.MapRunners();
        app.MapLogs();
        app.MapArtifacts();
        app.MapCaches();
        app.MapWeb();
        app.MapRepositories();
        app.MapGit();
        app.MapTriggers();
        app.MapSecrets();
        app.MapDeployments();
    }

    private static WebApplication Build(ServerOptions options, ServerStorage storage)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "Capstan.Server",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        storage.Register(builder.Services);
        Compose(builder, options);
        var app = builder.Build();
        app.UseHosting();
        Map(app);
        return app;
    }

    private static async Task ListenAsync(WebApplication app, ServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new StartupException(
                $"The address {string.Join(", ", options.Urls)} is in use by another program (or another Capstan). Stop it, or choose another with --url, for example --url http://127.0.0.1:0.", e);
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException or FormatException
            or InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" })
        {
            throw new StartupException($"The address {string.Join(", ", options.Urls)} cannot be listened on: {e.Message}", e);
        }

        app.Services.GetRequiredService<ServerAddresses>().Set(options, app.Urls.First());
    }
}
