using System.Net.Http.Headers;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Tests.Data;
using Capstan.Testing;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Tests;

/// <summary>A whole server in this process, on a fresh database and an empty folder, with real connections to a port of its own.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly TestDatabase database;
    private readonly TemporaryFolder folder;
    private int lastUser;

    private TestServer(TestDatabase database, TemporaryFolder folder, CapstanServer server, ServerOptions options, RecordedLog log)
    {
        Options = options;
        this.database = database;
        this.folder = folder;
        Server = server;
        Log = log;
    }

    public CapstanServer Server { get; }

    /// <summary>What it was started with: for a second server on the same database and folder.</summary>
    public ServerOptions Options { get; }

    /// <summary>All that the server logged.</summary>
    public RecordedLog Log { get; }

    public string Url => Server.Url;

    public Database Database => Server.Services.GetRequiredService<Database>();

    public string ConnectionString => database.ConnectionString;

    public string DataFolder => folder["data"];

    /// <param name="configure">Changes the options; background loops do not run unless it says so.</param>
    public static async Task<TestServer> StartAsync(Func<ServerOptions, ServerOptions>? configure = null)
    {
        var database = await ServerDatabase.CreateMigratedAsync();
        var folder = new TemporaryFolder();
        var log = new RecordedLog();
        var options = new ServerOptions
        {
            Urls = ["http://127.0.0.1:0"],
            DataFolder = folder["data"],
            DatabaseConnection = database.ConnectionString,
            RunBackgroundLoops = false,
            ShutdownLimit = TimeSpan.FromSeconds(2),
            Logging = logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log),
        };
        options = configure?.Invoke(options) ?? options;
        return new TestServer(database, folder, await CapstanServer.StartAsync(options), options, log);
    }

    public T Get<T>()
        where T : notnull => Server.Services.GetRequiredService<T>();

    /// <summary>A client that nobody signed in with; follows no redirect and keeps no cookie.</summary>
    public HttpClient Anonymous() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Url) };

    public HttpClient WithBearer(string token)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A new user and a client with a token of theirs.</summary>
    public async Task<(UserId Id, string Username, HttpClient Client)> SignedInAsync(bool isAdmin = false, params string[] scopes)
    {
        var username = $"user{Interlocked.Increment(ref lastUser)}";
        var token = OpaqueToken.Create(OpaqueToken.UserPrefix);
        var id = await Database.InTransactionAsync(async connection =>
        {
            var user = await connection.QuerySingleAsync<UserId>(
                """
                insert into users (username, email, is_admin, created_at, updated_at) values (@Username, @Username || '@example.org', @IsAdmin, '2026-01-01Z', '2026-01-01Z')
                returning id
                """,
                new { Username = username, IsAdmin = isAdmin });
            await connection.ExecuteAsync("insert into slugs (slug, user_id) values (@Username, @User)", new { Username = username, User = user });
            await connection.ExecuteAsync(
                "insert into access_tokens (user_id, name, token_hash, scopes, created_at) values (@User, 'test', @Hash, @Scopes, '2026-01-01Z')",
                new { User = user, token.Hash, Scopes = scopes.Length > 0 ? scopes : TokenScopes.All.ToArray() });
            return user;
        });
        return (id, username, WithBearer(token.Text));
    }

    /// <summary>Ends every connection to the database, as its restart does.</summary>
    public Task CutDatabaseConnectionsAsync() => database.CutConnectionsAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }
}
