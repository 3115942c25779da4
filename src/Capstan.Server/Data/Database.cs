using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Data;

/// <summary>The way to the one PostgreSQL database: a pool of connections and the shape of a transaction. Thread-safe; one per server.</summary>
/// <remarks>
/// A connection that died (the database was restarted) is thrown away by the pool; whoever held it sees an <see cref="NpgsqlException"/>, which loops
/// outlive and HTTP answers with <c>database_unavailable</c>.
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Statements that are prepared on each connection by themselves: nearly doubles the rate of short ones.</summary>
    private const int MaxAutoPreparedStatements = 150;

    /// <summary>The pool hands its connections round, so each sees a statement seldom: one that came twice comes again.</summary>
    private const int UsesBeforePrepared = 2;

    private const int MaxPoolSize = 34;

    /// <summary>
    /// Enough that those who wait in a run's lock leave some to others, and few enough that each sees every statement often: two a processor, of which the database needs a part.
    /// </summary>
    private static readonly int JobsPoolSize = Math.Clamp(2 * Environment.ProcessorCount, 6, 16);

    /// <summary>A statement of ours takes milliseconds; one that takes this long is stuck, and its caller is better off with an error.</summary>
    private const int CommandTimeoutSeconds = 30;

    private const int ConnectTimeoutSeconds = 5;

    /// <summary>A connection that only listens notices a dead network by this.</summary>
    private const int KeepAliveSeconds = 10;

    /// <summary>Compiling a plan takes longer than any statement of ours runs: a look at a long queue with many labels is estimated dear and is over in milliseconds.</summary>
    private const string Options = "-c jit=off";

    /// <summary>
    /// A plan of each statement for all values: they find their rows by keys, whatever the values are, and making a plan takes longer than carrying it out. PostgreSQL itself
    /// would go on making plans for some of them, because it takes lists for longer than they are.
    /// </summary>
    private const string OptionsOfJobs = Options + " -c plan_cache_mode=force_generic_plan";

    private readonly NpgsqlDataSource source;
    private readonly Database? jobs;

    static Database() => TypeHandlers.Register();

    /// <param name="connectionString">Npgsql's form; what it says about pool and preparation wins over our defaults.</param>
    public Database(string connectionString, ILoggerFactory? loggers = null)
        : this(connectionString, loggers, MaxPoolSize, Options) =>
        jobs = new Database(connectionString, loggers, JobsPoolSize, OptionsOfJobs);

    private Database(string connectionString, ILoggerFactory? loggers, int maxPoolSize, string options)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);

        // What was given, under its usual name: ContainsKey answers yes to every name that there is.
        var given = settings.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (!given.Contains("Max Auto Prepare"))
            settings.MaxAutoPrepare = MaxAutoPreparedStatements;
        if (!given.Contains("Auto Prepare Min Usages"))
            settings.AutoPrepareMinUsages = UsesBeforePrepared;
        if (!given.Contains("Maximum Pool Size"))
            settings.MaxPoolSize = maxPoolSize;
        if (!given.Contains("Command Timeout"))
            settings.CommandTimeout = CommandTimeoutSeconds;
        if (!given.Contains("Timeout"))
            settings.Timeout = ConnectTimeoutSeconds;

        if (!given.Contains("Options"))
            settings.Options = options;

        // Nothing of ours leaves a setting, a lock or a temporary table on a pooled connection (DiscardAsync is for when it might); cleaning up after it would cost as much as a short statement.
        settings.NoResetOnClose = true;
        settings.ApplicationName ??= "capstan";
        settings.IncludeErrorDetail = false;
        ConnectionString = settings.ConnectionString;

        var builder = new NpgsqlDataSourceBuilder(ConnectionString);
        if (loggers is not null)
            builder.UseLoggerFactory(loggers);
        source = builder.Build();
    }

    /// <summary>
    /// A few connections of their own for what every job needs: its event, its run, its claim, its end. A pool hands its connections round, and a connection prepares and plans a
    /// statement the first times it sees it; these see nothing else, and so each soon has all of them. Every transaction that locks a run is on one of these. Whoever holds
    /// one may not wait for another of them, but may for one of this object's own, whose holders never wait for a run.
    /// </summary>
    public Database Jobs => jobs ?? this;

    /// <summary>May hold a password: never to be logged.</summary>
    internal string ConnectionString { get; }

    /// <summary>A connection from the pool; dispose gives it back.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken = default) => source.OpenConnectionAsync(cancellationToken);

    /// <summary>
    /// Disposes a connection of the pool and ends its session with it, for when it may hold a lock that nobody would give back. The pool has no way to name one
    /// connection: all of them are replaced by new ones, those in use when they are given back.
    /// </summary>
    internal ValueTask DiscardAsync(NpgsqlConnection connection)
    {
        source.Clear();
        return connection.DisposeAsync();
    }

    /// <summary>A connection of its own that is not given back: for LISTEN and for locks as long as a server lives, which must not outlive their holder in the pool.</summary>
    internal async Task<NpgsqlConnection> OpenUnpooledAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false, KeepAlive = KeepAliveSeconds }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction (read committed), committed when it returns and rolled back when it throws. Commands on the connection
    /// belong to the transaction without naming it. Never retried here: whether work may be done twice is its caller's knowledge.
    /// </summary>
    public async Task<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken = default)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var result = await work(connection);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <inheritdoc cref="InTransactionAsync{T}"/>
    public Task InTransactionAsync(Func<NpgsqlConnection, Task> work, CancellationToken cancellationToken = default) =>
        InTransactionAsync<object?>(
            async connection =>
            {
                await work(connection);
                return null;
            },
            cancellationToken);

    /// <summary>One statement outside a transaction, for reads of one row or none.</summary>
    public async Task<T?> ReadSingleOrDefaultAsync<T>(string sql, object? parameters = null, CancellationToken cancellationToken = default)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    /// <summary>Whether the exception says that the database cannot be used now, in contrast to an error in what we asked of it.</summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        PostgresException e => e.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory || e.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException => true,
        _ => exception.InnerException is { } inner && IsOutage(inner),
    };

    public async ValueTask DisposeAsync()
    {
        if (jobs is not null)
            await jobs.DisposeAsync();
        await source.DisposeAsync();
    }
}
