using Capstan.Server.Data;
using Capstan.Testing;

namespace Capstan.Server.Tests.Data;

/// <summary>A fresh database with the newest schema and the way to it, for one test.</summary>
public sealed class ServerDatabase : IAsyncDisposable
{
    private readonly TestDatabase test;

    private ServerDatabase(TestDatabase test)
    {
        this.test = test;
        Database = new Database(test.ConnectionString);
    }

    public Database Database { get; }

    public string ConnectionString => test.ConnectionString;

    public static async Task<ServerDatabase> CreateAsync() => new(await CreateMigratedAsync());

    /// <summary>The bare database, for a test that starts a whole server on it.</summary>
    public static Task<TestDatabase> CreateMigratedAsync() => PostgreSqlServer.CreateDatabaseAsync("server", MigrateAsync);

    public Task CutConnectionsAsync() => test.CutConnectionsAsync();

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await test.DisposeAsync();
    }

    private static async Task MigrateAsync(string connectionString)
    {
        await using var database = new Database(connectionString);
        await Migrator.ApplyAsync(database, TimeProvider.System);
    }
}
