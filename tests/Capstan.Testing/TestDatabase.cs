using Npgsql;

namespace Capstan.Testing;

/// <summary>A database of one test or test class; dropped when disposed, together with whoever is still connected to it.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    internal TestDatabase(string name, string connectionString)
    {
        Name = name;
        ConnectionString = connectionString;
    }

    public string Name { get; }

    public string ConnectionString { get; }

    /// <summary>Ends every connection to this database, as a restart of PostgreSQL does.</summary>
    public Task CutConnectionsAsync() =>
        PostgreSqlServer.ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{Name}'");

    public async ValueTask DisposeAsync()
    {
        await using (var connection = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(connection);
        await PostgreSqlServer.ExecuteAsync($"drop database if exists {Name} with (force)");
    }
}
