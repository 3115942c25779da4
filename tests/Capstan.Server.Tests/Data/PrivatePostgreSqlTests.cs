using Capstan.Server.Data;
using Capstan.Server.Data.PostgreSql;
using Capstan.Testing;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Capstan.Server.Tests.Data;

public sealed class PrivatePostgreSqlTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("capstan-pg-").FullName;

    public PrivatePostgreSqlTests() => File.SetUnixFileMode(root, (UnixFileMode)0b111_001_001);

    private string Data => Path.Combine(root, "data");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_a_restart()
    {
        await using (var first = await StartAsync())
        {
            await ExecuteAsync(first, "create table kept (n int); insert into kept values (7)");
        }

        await using var second = await StartAsync();
        Assert.Equal(7, await QueryAsync<int>(second, "select n from kept"));
    }

    [Fact]
    public async Task It_listens_on_no_network_address()
    {
        await using var server = await StartAsync();
        Assert.Equal("", await QueryAsync<string>(server, "show listen_addresses"));
    }

    [Fact]
    public async Task Only_its_user_can_open_the_socket()
    {
        await using var server = await StartAsync();
        var folder = new NpgsqlConnectionStringBuilder(server.ConnectionString).Host!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task A_commit_is_on_disk_before_it_is_answered()
    {
        await using var server = await StartAsync();
        Assert.Equal(("on", "on"), (await QueryAsync<string>(server, "show fsync"), await QueryAsync<string>(server, "show synchronous_commit")));
    }

    [Theory]
    [InlineData(PostgreSqlProcesses.Kill)]
    [InlineData(PostgreSqlProcesses.Interrupt)]
    public async Task When_it_dies_it_is_started_again(int signal)
    {
        await using var server = await StartAsync();
        await ExecuteAsync(server, "create table kept (n int); insert into kept values (1)");
        var postmaster = PostgreSqlProcesses.Postmaster(Path.Combine(Data, "postgresql", "data"))!.Value;

        PostgreSqlProcesses.Signal(postmaster, signal);

        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return await QueryAsync<int>(server, "select n from kept") == 1 && !PostgreSqlProcesses.IsAlive(postmaster);
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_folder_in_use_is_refused_with_what_to_do()
    {
        await using var server = await StartAsync();
        var refusal = await Assert.ThrowsAsync<StartupException>(StartAsync);
        Assert.Contains("Another Capstan uses the folder", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_a_version_that_is_not_installed_is_refused_with_the_command_to_type()
    {
        var cluster = Directory.CreateDirectory(Path.Combine(DataFolder.Open(Data).Root, "postgresql", "data")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cluster, "PG_VERSION"), "9\n");
        var refusal = await Assert.ThrowsAsync<StartupException>(StartAsync);
        Assert.Contains("apt-get install postgresql-9", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_first_start_leaves_nothing_that_the_next_one_takes_for_a_cluster()
    {
        var half = Directory.CreateDirectory(Path.Combine(DataFolder.Open(Data).Root, "postgresql", "data.new")).FullName;
        await File.WriteAllTextAsync(Path.Combine(half, "PG_VERSION"), "15\n");
        await using var server = await StartAsync();
        Assert.Equal(1, await QueryAsync<int>(server, "select 1"));
    }

    [Fact]
    public async Task After_the_end_no_process_of_it_is_left()
    {
        await using (await StartAsync())
        {
        }

        Assert.Empty(PostgreSqlProcesses.Orphans(Path.Combine(Data, "postgresql", "data")));
    }

    private Task<PrivatePostgreSql> StartAsync() =>
        PrivatePostgreSql.StartAsync(DataFolder.Open(Data), Path.Combine(root, "run"), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    private static async Task ExecuteAsync(PrivatePostgreSql server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.ExecuteAsync(sql);
    }

    private static async Task<T?> QueryAsync<T>(PrivatePostgreSql server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        return await connection.QuerySingleAsync<T>(sql);
    }
}
