using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Data.PostgreSql;

/// <summary>
/// A PostgreSQL of the server's own: a cluster in the data folder, reached only through a Unix socket that only its user can open, started with the server,
/// started again when it dies, and stopped with the server. One that a killed server left running is adopted.
/// </summary>
internal sealed partial class PrivatePostgreSql : IAsyncDisposable
{
    private const string Role = "capstan";
    private const string DatabaseName = "capstan";
    private const long LargestLogBytes = 10 * 1024 * 1024;

    /// <summary>Crash recovery replays what was written since the last checkpoint; a slow disk may need minutes.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseBeforeRestart = TimeSpan.FromMilliseconds(200);

    private readonly PostgreSqlInstallation installation;
    private readonly PostgreSqlAccount account;
    private readonly string data;
    private readonly string log;
    private readonly string socketFolder;
    private readonly ServerLock held;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly ManualResetEventSlim stopping = new();
    private readonly TaskCompletionSource supervised = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool supervising;

    private PrivatePostgreSql(PostgreSqlInstallation installation, PostgreSqlAccount account, DataFolder folder, ServerLock held, string socketFolder, TimeProvider clock, ILogger logger)
    {
        this.held = held;
        this.installation = installation;
        this.account = account;
        this.socketFolder = socketFolder;
        this.clock = clock;
        this.logger = logger;
        data = ClusterFolder(folder);
        log = Path.Combine(folder.PostgreSql, "log");
    }

    public string ConnectionString => Connection(DatabaseName);

    /// <summary>Makes the cluster if there is none, starts or adopts it, and waits until it answers. The folder is this server's alone from here on.</summary>
    /// <exception cref="StartupException">A person must do something first.</exception>
    public static async Task<PrivatePostgreSql> StartAsync(DataFolder folder, string? runFolder, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var held = ServerLock.Take(folder);
        PrivatePostgreSql? server = null;
        try
        {
            var account = PostgreSqlAccount.Find();
            var installation = PostgreSqlInstallation.Find(MajorOf(ClusterFolder(folder)));
            folder.LetOthersPassThrough();
            account.MakeFolder(folder.PostgreSql);
            account.MustReach(folder.PostgreSql);
            var socketFolder = SocketFolder.Make(runFolder, folder.Root, account);
            server = new PrivatePostgreSql(installation, account, folder, held, socketFolder, clock, loggers.CreateLogger<PrivatePostgreSql>());
            server.Initialize();
            server.Supervise();
            await server.WaitUntilItAnswersAsync(cancellationToken);
            await server.MakeDatabaseAsync(cancellationToken);
            return server;
        }
        catch
        {
            if (server is not null)
                await server.DisposeAsync();
            else
                held.Dispose();
            throw;
        }
    }

    /// <summary>Stops it in order: running statements end, the next start needs no recovery.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopping.IsSet)
            return;
        stopping.Set();
        if (PostgreSqlProcesses.Postmaster(data) is { } running)
            PostgreSqlProcesses.Signal(running, PostgreSqlProcesses.Interrupt);
        if (!supervising)
            supervised.TrySetResult();
        try
        {
            await supervised.Task.WaitAsync(StopLimit, clock);
        }
        catch (TimeoutException)
        {
            if (PostgreSqlProcesses.Postmaster(data) is { } stuck)
                PostgreSqlProcesses.Signal(stuck, PostgreSqlProcesses.Quit);
            await supervised.Task.WaitAsync(StopLimit, clock);
        }

        stopping.Dispose();
        held.Dispose();
    }

    private static string ClusterFolder(DataFolder folder) => Path.Combine(folder.PostgreSql, "data");

    private static int? MajorOf(string cluster)
    {
        var file = Path.Combine(cluster, "PG_VERSION");
        return File.Exists(file) && int.TryParse(File.ReadAllText(file).Split('.')[0].Trim(), out var major) ? major : null;
    }

    /// <summary>Makes the cluster beside its place and moves it there, so that an interrupted attempt leaves nothing that looks like one.</summary>
    private void Initialize()
    {
        if (Directory.Exists(data))
            return;
        var beside = data + ".new";
        if (Directory.Exists(beside))
            Directory.Delete(beside, recursive: true);
        account.Run(
            installation.InitDb, "--pgdata", beside, "--username", Role, "--encoding=UTF8", "--locale=C", "--auth-local=peer", "--auth-host=reject",
            "--data-checksums", "--no-instructions");
        var me = Environment.UserName;
        File.AppendAllText(Path.Combine(beside, "pg_ident.conf"), string.Concat(new[] { me, account.Name }.Distinct().Select(user => $"capstan {user} {Role}\n")));
        File.WriteAllText(Path.Combine(beside, "pg_hba.conf"), "local all all peer map=capstan\n");
        Directory.Move(beside, data);
    }

    /// <summary>
    /// One thread for the life of the server: the kernel ends PostgreSQL when the *thread* that started it ends, which is what we want for a killed server and
    /// for nothing else.
    /// </summary>
    private void Supervise()
    {
        supervising = true;
        new Thread(RunUntilStopped) { IsBackground = true, Name = "PostgreSQL" }.Start();
    }

    private void RunUntilStopped()
    {
        while (!stopping.IsSet)
        {
            if (PostgreSqlProcesses.Postmaster(data) is { } left)
                Adopt(left);
            else
                RunOnce();
            if (!stopping.IsSet)
                stopping.Wait(PauseBeforeRestart);
        }

        supervised.SetResult();
    }

    private void Adopt(int postmaster)
    {
        Log.Adopted(logger, postmaster);
        using var never = new ManualResetEventSlim();
        while (PostgreSqlProcesses.IsAlive(postmaster))
            never.Wait(LookAgain);
    }

    private void RunOnce()
    {
        foreach (var orphan in PostgreSqlProcesses.Orphans(data))
        {
            Log.EndedOrphan(logger, orphan);
            PostgreSqlProcesses.Signal(orphan, PostgreSqlProcesses.Kill);
        }

        if (File.Exists(log) && new FileInfo(log).Length > LargestLogBytes)
            File.Move(log, log + ".old", overwrite: true);
        string[] command =
        [
            // A session of its own: Ctrl-C in a terminal is for the server, which ends its work before its database.
            "setsid", .. account.Drop, "--pdeathsig=INT", "sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh", log,
            installation.Postgres, "-D", data, "-k", socketFolder,
            "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "max_connections=200", "-c", "shared_buffers=128MB",
            "-c", "log_line_prefix=%m [%p] ", "-c", "log_min_messages=warning", "-c", "log_checkpoints=off",
        ];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, WorkingDirectory = "/" })!;
        process.WaitForExit();
        if (!stopping.IsSet)
            Log.Died(logger, process.ExitCode);
    }

    private async Task WaitUntilItAnswersAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(Connection("postgres") + ";Pooling=false");
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException e) when (clock.GetElapsedTime(began) >= StartLimit || (e as PostgresException)?.SqlState is PostgresErrorCodes.InvalidAuthorizationSpecification)
            {
                throw new StartupException($"The private PostgreSQL does not start: {e.Message}. Its log: {LastOfLog()}", e);
            }
            catch (NpgsqlException)
            {
                await Task.Delay(LookAgain, clock, cancellationToken);
            }
        }
    }

    private async Task MakeDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Connection("postgres") + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var find = new NpgsqlCommand($"select 1 from pg_database where datname = '{DatabaseName}'", connection);
        if (await find.ExecuteScalarAsync(cancellationToken) is not null)
            return;
        await using var create = new NpgsqlCommand($"create database {DatabaseName}", connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    private string Connection(string database) => new NpgsqlConnectionStringBuilder { Host = socketFolder, Username = Role, Database = database }.ConnectionString;

    private string LastOfLog() => File.Exists(log) ? string.Join('\n', File.ReadLines(log).TakeLast(5)) : "(none)";

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Information, "Went on with the private PostgreSQL (process {Id}) that an earlier server left running")]
        public static partial void Adopted(ILogger logger, int id);

        [LoggerMessage(1002, LogLevel.Warning, "Ended process {Id} of the private PostgreSQL, whose postmaster was killed")]
        public static partial void EndedOrphan(ILogger logger, int id);

        [LoggerMessage(1003, LogLevel.Warning, "The private PostgreSQL ended with {Code} and is started again")]
        public static partial void Died(ILogger logger, int code);
    }
}
