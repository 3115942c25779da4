using System.Text;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Logs;
using Capstan.Server.Tests.Data;
using Capstan.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Capstan.Server.Tests.Logs;

/// <summary>The room Logs over a real database and a real folder, without HTTP, with one running execution.</summary>
internal sealed class LogServer : IAsyncDisposable
{
    private readonly ServerDatabase server;
    private readonly TemporaryFolder folder;
    private readonly WakeUps wakeUps;

    private LogServer(ServerDatabase server, ExecutionRows rows)
    {
        this.server = server;
        Rows = rows;
        folder = new TemporaryFolder();
        wakeUps = new WakeUps(server.Database, Clock, NullLogger<WakeUps>.Instance);
        Store = new FolderBlobStore(folder["blobs"], Clock);
        Blobs = new BlobIndex(server.Database, Store, Clock);
        Streams = new LogStreams(server.Database, Blobs, wakeUps, Clock);
        Reader = new LogReader(server.Database, Blobs);
        Archiver = NewArchiver(Store);
        Sweeper = new BlobSweeper(server.Database, Store, wakeUps, Clock, NullLogger<BlobSweeper>.Instance);
    }

    public FakeClock Clock { get; } = new();

    public Database Database => server.Database;

    public ExecutionRows Rows { get; }

    public IBlobStore Store { get; }

    public BlobIndex Blobs { get; }

    public LogStreams Streams { get; }

    public LogReader Reader { get; }

    public LogArchiver Archiver { get; }

    public BlobSweeper Sweeper { get; }

    public static async Task<LogServer> StartAsync()
    {
        var server = await ServerDatabase.CreateAsync();
        return new LogServer(server, await ExecutionRows.InsertAsync(server.Database));
    }

    /// <summary>A second server's archiver, or one whose store does something else.</summary>
    public LogArchiver NewArchiver(IBlobStore store) =>
        new(Database, Reader, new BlobIndex(Database, store, Clock), wakeUps, Clock, NullLogger<LogArchiver>.Instance);

    public BlobSweeper NewSweeper(IBlobStore store) => new(Database, store, wakeUps, Clock, NullLogger<BlobSweeper>.Instance);

    public Task<AppendResult> AppendAsync(int stream, long offset, string text, long? token = null, RunnerId? runner = null) =>
        AppendAsync(stream, offset, Encoding.UTF8.GetBytes(text), token, runner);

    public Task<AppendResult> AppendAsync(int stream, long offset, byte[] bytes, long? token = null, RunnerId? runner = null) =>
        Streams.AppendAsync(new AppendTarget(Rows.Execution, runner ?? Rows.Runner, token ?? Rows.FencingToken, stream, offset), bytes, default);

    public async Task<string> ReadAllAsync(int stream, long offset = 0)
    {
        var all = new MemoryStream();
        await foreach (var bytes in Reader.ReadAsync(Rows.Execution, stream, offset, default))
            all.Write(bytes.Span);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    public async Task<string> LinesAsync(int stream, long from, int count, bool hasEnded = true) =>
        string.Join('|', (await Reader.ReadLinesAsync(Rows.Execution, stream, from, count, hasEnded, default)).Lines);

    public async Task<long> CountAsync(string table, string where = "true") =>
        await Database.ReadSingleOrDefaultAsync<long>($"select count(*) from {table} where {where}");

    public Task EndExecutionAsync() => Rows.EndAsync(Database);

    public async ValueTask DisposeAsync()
    {
        await wakeUps.DisposeAsync();
        await server.DisposeAsync();
        folder.Dispose();
    }
}
