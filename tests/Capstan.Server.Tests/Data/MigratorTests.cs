using Capstan.Server.Data;
using Capstan.Testing;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Data;

public sealed class MigratorTests
{
    private static readonly Migration[] Two = [new(1, "0001_one", "create table one (id int)"), new(2, "0002_two", "create table two (id int)")];

    [Fact]
    public async Task Servers_that_start_together_apply_each_migration_once()
    {
        await using var test = await PostgreSqlServer.CreateEmptyDatabaseAsync();
        await using var database = new Database(test.ConnectionString);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrator.ApplyAsync(database, TimeProvider.System)));
        Assert.Equal(Migrator.Embedded().Count, await database.ReadSingleOrDefaultAsync<int>("select count(*)::int from schema_migrations"));
    }

    [Fact]
    public async Task Only_what_is_missing_is_applied()
    {
        await using var test = await PostgreSqlServer.CreateEmptyDatabaseAsync();
        await using var database = new Database(test.ConnectionString);
        await Migrator.ApplyAsync(database, Two[..1], TimeProvider.System, default);
        await Migrator.ApplyAsync(database, Two, TimeProvider.System, default);
        Assert.Equal(2, await database.ReadSingleOrDefaultAsync<int>("select count(*)::int from schema_migrations"));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_unchanged()
    {
        await using var test = await PostgreSqlServer.CreateEmptyDatabaseAsync();
        await using var database = new Database(test.ConnectionString);
        await Migrator.ApplyAsync(database, Two, TimeProvider.System, default);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => Migrator.ApplyAsync(database, Two[..1], TimeProvider.System, default));
        Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0002_two", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_is_refused()
    {
        await using var test = await PostgreSqlServer.CreateEmptyDatabaseAsync();
        await using var database = new Database(test.ConnectionString);
        await Migrator.ApplyAsync(database, Two, TimeProvider.System, default);
        Migration[] changed = [new(1, "0001_one", "create table one (id bigint)"), Two[1]];
        var refusal = await Assert.ThrowsAsync<StartupException>(() => Migrator.ApplyAsync(database, changed, TimeProvider.System, default));
        Assert.Contains("other content", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_database_at_the_one_before()
    {
        await using var test = await PostgreSqlServer.CreateEmptyDatabaseAsync();
        await using var database = new Database(test.ConnectionString);
        Migration[] broken = [Two[0], new(2, "0002_broken", "create table half (id int); select 1/0")];
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => Migrator.ApplyAsync(database, broken, TimeProvider.System, default));
        Assert.False(await database.ReadSingleOrDefaultAsync<bool>("select to_regclass('half') is not null"));
        await Migrator.ApplyAsync(database, Two, TimeProvider.System, default);
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused()
    {
        await using var test = await PostgreSqlServer.CreateEmptyDatabaseAsync();
        await using var database = new Database(test.ConnectionString);
        await using (var connection = await database.OpenAsync())
            await connection.ExecuteAsync("create table customers (id int)");
        var refusal = await Assert.ThrowsAsync<StartupException>(() => Migrator.ApplyAsync(database, TimeProvider.System));
        Assert.Contains("something else", refusal.Message, StringComparison.Ordinal);
    }
}
