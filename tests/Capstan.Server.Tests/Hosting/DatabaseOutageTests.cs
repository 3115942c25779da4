using System.Diagnostics;
using System.Net;
using Capstan.Server.Data;
using Capstan.Server.Data.PostgreSql;
using Capstan.Testing;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Capstan.Server.Tests.Hosting;

/// <summary>A whole server on a private PostgreSQL, whose processes are killed under it.</summary>
public sealed class DatabaseOutageTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder temporary = new();

    public DatabaseOutageTests() =>
        File.SetUnixFileMode(temporary.Path, File.GetUnixFileMode(temporary.Path) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);

    private string ClusterFolder => Path.Combine(temporary["data"], "postgresql", "data");

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task While_PostgreSQL_is_away_answers_say_so_and_afterwards_everything_goes_on()
    {
        await using var server = await CapstanServer.StartAsync(Options() with { RunBackgroundLoops = true });
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        var first = PostgreSqlProcesses.Postmaster(ClusterFolder)!.Value;
        var outage = false;
        PostgreSqlProcesses.Signal(first, PostgreSqlProcesses.Kill);
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await client.GetAsync("/health");
                if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    Assert.Equal("database_unavailable", await Problem.CodeAsync(answer, HttpStatusCode.ServiceUnavailable));
                    outage = true;
                }

                return answer.StatusCode == HttpStatusCode.OK && PostgreSqlProcesses.Postmaster(ClusterFolder) is { } now && now != first;
            },
            Limit);
        Assert.True(outage);

        // The loops have gone on: the server says again that it lives. And signals between servers arrive again.
        var database = server.Services.GetRequiredService<Database>();
        await ExecuteAsync(server, "update server_instances set last_seen_at = '2000-01-01Z'");
        await Eventually.TrueAsync(() => database.ReadSingleOrDefaultAsync<bool>("select last_seen_at > '2001-01-01Z' from server_instances where stopped_at is null"), Limit);
        using var waiter = server.Services.GetRequiredService<WakeUps>().Subscribe("queue");
        await Eventually.TrueAsync(
            async () =>
            {
                await ExecuteAsync(server, "select pg_notify('capstan_wake_ups', E'another server\\nqueue')");
                return await waiter.WaitAsync(TimeSpan.FromMilliseconds(50), default);
            },
            Limit);
    }

    [Fact]
    public async Task A_session_that_outlives_the_killed_main_process_does_not_prevent_the_new_start()
    {
        await using var server = await CapstanServer.StartAsync(Options());
        var database = server.Services.GetRequiredService<Database>();
        var first = PostgreSqlProcesses.Postmaster(ClusterFolder)!.Value;
        var computing = ExecuteAsync(server, "select count(*) from generate_series(1, 100000000000)");
        const string find = "select exists (select 1 from pg_stat_activity where query like '%generate_series%' and state = 'active' and pid <> pg_backend_pid())";
        await Eventually.TrueAsync(() => database.ReadSingleOrDefaultAsync<bool>(find), Limit);
        PostgreSqlProcesses.Signal(first, PostgreSqlProcesses.Kill);
        await Assert.ThrowsAnyAsync<Exception>(() => computing);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return PostgreSqlProcesses.Postmaster(ClusterFolder) is { } now && now != first && await database.ReadSingleOrDefaultAsync<int>("select 1") == 1;
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            },
            Limit);
    }

    [Fact]
    public async Task A_living_PostgreSQL_that_a_killed_server_left_is_used_and_stopped_by_the_next()
    {
        string socketFolder;
        string binary;
        await using (var first = await CapstanServer.StartAsync(Options()))
        {
            socketFolder = new Npgsql.NpgsqlConnectionStringBuilder(first.Services.GetRequiredService<Database>().ConnectionString).Host!;
            binary = new FileInfo($"/proc/{PostgreSqlProcesses.Postmaster(ClusterFolder)}/exe").LinkTarget!;
        }

        var account = PostgreSqlAccount.Find();
        account.MakeFolder(socketFolder);
        string[] command = [.. account.Drop, binary, "-D", ClusterFolder, "-k", socketFolder, "-h", "", "-c", "log_min_messages=panic"];
        using var left = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false })!;
        await Eventually.TrueAsync(() => PostgreSqlProcesses.Postmaster(ClusterFolder) == left.Id, Limit);

        await using (var second = await CapstanServer.StartAsync(Options()))
        {
            Assert.Equal(left.Id, PostgreSqlProcesses.Postmaster(ClusterFolder));
            await ExecuteAsync(second, "select 1");
        }

        Assert.True(left.WaitForExit(Limit));
    }

    [Fact]
    public async Task Only_the_servers_own_user_may_connect_and_as_root_PostgreSQL_is_somebody_else()
    {
        await using var server = await CapstanServer.StartAsync(Options());
        await using var connection = await server.Services.GetRequiredService<Database>().OpenAsync();
        Assert.Equal(["local:peer"], await connection.QueryAsync<string>("select type || ':' || auth_method from pg_hba_file_rules"));
        const UnixFileMode onlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(onlyOwner, File.GetUnixFileMode(Path.Combine(temporary["data"], "postgresql")));
        if (Environment.IsPrivilegedProcess)
            Assert.DoesNotContain("\nUid:\t0\t", await File.ReadAllTextAsync($"/proc/{PostgreSqlProcesses.Postmaster(ClusterFolder)}/status"), StringComparison.Ordinal);
    }

    private ServerOptions Options() => new()
    {
        Urls = ["http://127.0.0.1:0"],
        DataFolder = temporary["data"],
        RunFolder = temporary["run"],
        RunBackgroundLoops = false,
        ShutdownLimit = TimeSpan.FromSeconds(2),
    };

    private static async Task ExecuteAsync(CapstanServer server, string sql)
    {
        await using var connection = await server.Services.GetRequiredService<Database>().OpenAsync();
        await connection.ExecuteAsync(sql);
    }
}
