using Capstan.Server.Data.PostgreSql;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Data;

/// <summary>Data folder and database of a server, opened, migrated and found to belong together, before anything else is built.</summary>
internal sealed class ServerStorage : IAsyncDisposable
{
    private readonly DataFolder folder;
    private readonly Database database;
    private readonly ServerInstance instance;
    private readonly PrivatePostgreSql? postgreSql;
    private readonly ILoggerFactory loggers;

    private ServerStorage(DataFolder folder, PrivatePostgreSql? postgreSql, Database database, ServerInstance instance, ILoggerFactory loggers)
    {
        this.loggers = loggers;
        this.folder = folder;
        this.postgreSql = postgreSql;
        this.database = database;
        this.instance = instance;
    }

    /// <exception cref="StartupException">A person must do something first.</exception>
    public static async Task<ServerStorage> OpenAsync(ServerOptions options, CancellationToken cancellationToken)
    {
        // The private database is watched, and what happens to it logged, for as long as the server lives.
        var loggers = LoggerFactory.Create(builder => options.Logging?.Invoke(builder));
        var folder = DataFolder.Open(options.DataFolder);
        var postgreSql = options.DatabaseConnection is null
            ? await PrivatePostgreSql.StartAsync(folder, options.RunFolder, options.TimeProvider, loggers, cancellationToken)
            : null;
        var database = new Database(options.DatabaseConnection ?? postgreSql!.ConnectionString);
        try
        {
            await MigrateAsync(database, options.TimeProvider, cancellationToken);
            await CompareStorageIdAsync(database, folder, options.TimeProvider, cancellationToken);
            var instance = await ServerInstance.EnterAsync(database, options.TimeProvider, cancellationToken);
            return new ServerStorage(folder, postgreSql, database, instance, loggers);
        }
        catch
        {
            await database.DisposeAsync();
            if (postgreSql is not null)
                await postgreSql.DisposeAsync();
            throw;
        }
    }

    public void Register(IServiceCollection services)
    {
        services.AddSingleton(folder);
        services.AddSingleton(database);
        services.AddSingleton(instance);
        services.AddSingleton<DatabaseAvailability>();
        services.AddSingleton<WakeUps>();
    }

    public async ValueTask DisposeAsync()
    {
        await instance.LeaveAsync();
        await database.DisposeAsync();
        if (postgreSql is not null)
            await postgreSql.DisposeAsync();
        loggers.Dispose();
    }

    private static async Task MigrateAsync(Database database, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await Migrator.ApplyAsync(database, clock, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification
            or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new StartupException($"The database refuses us: {e.MessageText}. Check the connection string in CAPSTAN_DATABASE; its role must own the database.", e);
        }
        catch (NpgsqlException e) when (Database.IsOutage(e))
        {
            throw new StartupException($"The database cannot be reached: {e.Message}. Check the connection string in CAPSTAN_DATABASE, and that PostgreSQL runs.", e);
        }
    }

    private static async Task CompareStorageIdAsync(Database database, DataFolder folder, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var known = await connection.QuerySingleOrDefaultAsync<Guid?>("select id from storage");
        if (known is null)
        {
            if (Directory.EnumerateFileSystemEntries(folder.Git).Any())
            {
                throw new StartupException(
                    $"The database is empty, but {folder.Git} holds repositories of another one. Connect to their database, or name an empty folder with --data. Nothing was changed.");
            }

            // Another server may be first; then its id counts, also for us.
            await connection.ExecuteAsync("insert into storage (id, created_at) values (@Id, @At) on conflict do nothing", new { Id = folder.StorageId, At = clock.GetUtcNow() });
            known = await connection.QuerySingleAsync<Guid>("select id from storage");
        }

        if (known != folder.StorageId)
        {
            throw new StartupException(
                $"The folder {folder.Root} (storage {folder.StorageId}) does not belong to this database (storage {known}). All servers of one database share one storage: mount it, or name the right folder with --data.");
        }
    }
}
