using System.Diagnostics;
using Npgsql;

namespace Capstan.Testing;

/// <summary>
/// A PostgreSQL of this test process's own, started at first use: a new cluster in a temporary folder, reached through a Unix socket that only we can open, with
/// everything off that makes data survive a power cut. It ends with the process, also when that is killed. With <c>CAPSTAN_TEST_DATABASE</c> (a connection
/// string of a role that may create databases) that server is used instead.
/// </summary>
public static class PostgreSqlServer
{
    private const string Variable = "CAPSTAN_TEST_DATABASE";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly Lazy<Task<string>> Administration = new(StartAsync);
    private static readonly SemaphoreSlim OneAtATime = new(1);
    private static readonly Dictionary<string, string> Templates = [];
    private static int lastNumber;

    /// <summary>A connection string to the maintenance database of the server.</summary>
    public static Task<string> AdministrationAsync() => Administration.Value;

    /// <summary>An empty database.</summary>
    public static Task<TestDatabase> CreateEmptyDatabaseAsync() => CreateFromAsync("template0");

    /// <summary>
    /// A fresh database in milliseconds: a copy of a template that <paramref name="prepare"/> (given a connection string) filled once in this process.
    /// </summary>
    public static async Task<TestDatabase> CreateDatabaseAsync(string templateName, Func<string, Task> prepare)
    {
        await OneAtATime.WaitAsync();
        try
        {
            if (!Templates.TryGetValue(templateName, out var template))
            {
                var database = await CreateFromAsync("template0");
                await prepare(database.ConnectionString);
                NpgsqlConnection.ClearAllPools();
                Templates.Add(templateName, template = database.Name);
            }

            return await CreateFromAsync(template);
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    internal static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(await AdministrationAsync());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<TestDatabase> CreateFromAsync(string template)
    {
        var name = $"capstan_test_{Environment.ProcessId}_{Interlocked.Increment(ref lastNumber)}";
        await ExecuteAsync($"create database {name} template {template} strategy file_copy");
        var settings = new NpgsqlConnectionStringBuilder(await AdministrationAsync()) { Database = name, Pooling = true, MaxPoolSize = 40 };
        return new TestDatabase(name, settings.ConnectionString);
    }

    private static async Task<string> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new NpgsqlConnectionStringBuilder(given) { Pooling = false }.ConnectionString;
        RemoveLeftovers();
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"capstan-test-pg-{Environment.ProcessId}")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var asPostgres = Environment.UserName == "root" ? new[] { "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=QUIT" } : ["setpriv", "--pdeathsig=QUIT"];
        if (Environment.UserName == "root")
            await RunAsync(["chown", "postgres:postgres", folder]);
        var data = Path.Combine(folder, "data");
        await RunAsync([.. asPostgres, Binary("initdb"), "--pgdata", data, "--auth=trust", "--username=capstan", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
        StartPostgres(
            [
                .. asPostgres, Binary("postgres"), "-D", data, "-k", folder, "-h", "",
                .. Settings("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=300", "shared_buffers=64MB",
                    "wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB", "unix_socket_permissions=0700", "log_min_messages=panic", "log_checkpoints=off"),
            ],
            Path.Combine(folder, "log"));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RemoveFolder(folder);
        var administration = new NpgsqlConnectionStringBuilder { Host = folder, Username = "capstan", Database = "postgres", Pooling = false }.ConnectionString;
        await WaitUntilItAnswersAsync(administration, folder);
        return administration;
    }

    private static IEnumerable<string> Settings(params string[] settings) => settings.SelectMany(setting => new[] { "-c", setting });

    // The kernel signals postgres when the *thread* that started it ends, so that thread waits for it and ends with the process only.
    private static void StartPostgres(string[] command, string log)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec \"$@\" >\"$log\" 2>&1");
        foreach (var argument in new[] { "sh", log }.Concat(command))
            start.ArgumentList.Add(argument);
        var thread = new Thread(() =>
        {
            using var process = Process.Start(start)!;
            process.WaitForExit();
        })
        {
            IsBackground = true,
            Name = "PostgreSQL of the tests",
        };
        thread.Start();
    }

    private static async Task WaitUntilItAnswersAsync(string connectionString, string folder)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(connectionString);
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (Stopwatch.GetElapsedTime(begun) < StartLimit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            }
            catch (NpgsqlException e)
            {
                var log = Path.Combine(folder, "log");
                throw new InvalidOperationException($"PostgreSQL does not answer: {(File.Exists(log) ? await File.ReadAllTextAsync(log) : "no log")}", e);
            }
        }
    }

    /// <exception cref="InvalidOperationException">PostgreSQL is not installed.</exception>
    private static string Binary(string name)
    {
        var installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var major) ? major : 0)
            : Enumerable.Empty<string>();
        return installed.Select(folder => Path.Combine(folder, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"The tests need PostgreSQL's {name}: apt-get install postgresql, or set {Variable}.");
    }

    private static async Task RunAsync(string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await error}");
    }

    // A killed test process cannot remove its folder; the next one does.
    private static void RemoveLeftovers()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), "capstan-test-pg-*"))
        {
            if (int.TryParse(Path.GetFileName(folder)["capstan-test-pg-".Length..], out var owner) && !Directory.Exists($"/proc/{owner}"))
                RemoveFolder(folder);
        }
    }

    private static void RemoveFolder(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its PostgreSQL is still ending, or it belongs to another user: the next test process tries again.
        }
    }
}
