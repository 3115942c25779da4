using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Uploads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Capstan.Runner.Tests.Uploads;

/// <summary>Uploads and downloads over a real line that breaks.</summary>
public sealed class UploadTests : IAsyncLifetime
{
    private const int Size = (2 * UploadProtocol.MaxBlockBytes) + 12345;

    private readonly ConcurrentDictionary<string, byte[]> blocks = new();
    private readonly ConcurrentDictionary<string, int> calls = new();
    private readonly byte[] bytes = RandomNumberGenerator.GetBytes(Size);
    private WebApplication app = null!;
    private JobServer server = null!;
    private byte[] committed = [];

    /// <summary>How often a call is cut off before it is answered.</summary>
    private int cut;

    private string? refusal;

    /// <summary>How often the server fails before it takes a block.</summary>
    private int failures;

    /// <summary>What the job's log was told.</summary>
    private readonly ConcurrentBag<string> told = [];

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = UploadProtocol.MaxBlockBytes);
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default));
        app = builder.Build();
        app.MapPost(ArtifactProtocol.Path, () => Results.Json(new UploadResponse(7), ContractsJson.Default.UploadResponse, statusCode: 201));
        app.MapPut(ArtifactProtocol.Path + "/7/blocks/{block}", StageAsync);
        app.MapPost(ArtifactProtocol.Path + "/7/commit", Commit);
        app.MapGet(ArtifactProtocol.Path + "/7/content", DownloadAsync);
        await app.StartAsync();
        server = new JobServer(
            new JobMessage
            {
                ExecutionId = 1,
                FencingToken = 1,
                RunId = 1,
                JobId = 1,
                JobKey = "x",
                JobName = "x",
                Definition = JsonDocument.Parse("{}").RootElement,
                Contexts = JsonDocument.Parse("{}").RootElement,
                ServerUrl = app.Urls.Single(),
                Token = "token",
            },
            new ImpatientClock(),
            told.Add);
    }

    public async ValueTask DisposeAsync()
    {
        server.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Blocks_come_whole_and_in_order_however_often_the_line_breaks(int times)
    {
        cut = times;

        var made = Assert.IsType<StoreResult<JobArtifactResponse>.Done>(await UploadAsync()).Value;

        Assert.Equal(bytes, committed);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), made.Sha256);
        Assert.All(calls.Values, count => Assert.Equal(times + 1, count));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task A_server_that_stays_away_is_told_once_in_the_log(int times, bool tells)
    {
        cut = times;

        Assert.IsType<StoreResult<JobArtifactResponse>.Done>(await UploadAsync());

        Assert.Equal(tells ? [JobServer.Waiting] : [], told);
    }

    [Fact]
    public async Task An_empty_upload_has_no_blocks()
    {
        Assert.IsType<StoreResult<JobArtifactResponse>.Done>(await new ServerArtifacts(server).UploadAsync(new CreateArtifactRequest("a"), (_, _) => Task.CompletedTask, default));
        Assert.Empty(blocks);
    }

    [Fact]
    public async Task A_refused_block_ends_the_upload_and_says_why()
    {
        refusal = ErrorCodes.UploadTooLarge;
        Assert.Equal(new StoreResult<JobArtifactResponse>.Refused(ErrorCodes.UploadTooLarge, "No."), await UploadAsync());
    }

    [Theory]
    [InlineData(JobServer.MaxFailures - 1, null)]
    [InlineData(JobServer.MaxFailures, "The disk is full. It was asked 12 times.")]
    public async Task A_server_that_goes_on_failing_ends_the_upload(int times, string? message)
    {
        failures = times;

        var result = await UploadAsync();

        Assert.Equal(message, (result as StoreResult<JobArtifactResponse>.Refused)?.Message);
        Assert.Equal(Math.Min(times + 1, JobServer.MaxFailures), calls["00000"]);
    }

    [Fact]
    public async Task A_write_that_fails_gives_up_what_is_still_being_sent()
    {
        CancellationToken sending = default;
        var uploaded = new TaskCompletionSource<StoreResult<bool>>();
        var stream = new BlockStream(
            (_, _, stop) =>
            {
                sending = stop;
                return uploaded.Task;
            },
            default);
        await stream.WriteAsync(bytes.AsMemory(0, UploadProtocol.MaxBlockBytes));
        Assert.True(sending.CanBeCanceled && !sending.IsCancellationRequested);

        await stream.DisposeAsync();

        Assert.True(sending.IsCancellationRequested);
        uploaded.SetCanceled(sending);
    }

    [Fact]
    public async Task A_download_goes_on_where_the_line_broke()
    {
        cut = 3;
        using var target = new MemoryStream();
        Assert.IsType<StoreResult<bool>.Done>(await server.DownloadAsync(ArtifactProtocol.Path + "/7/content", target, default));
        Assert.Equal(bytes, target.ToArray());
    }

    [Fact]
    public async Task A_disk_that_is_full_is_no_broken_line() =>
        await Assert.ThrowsAsync<IOException>(() => server.DownloadAsync(ArtifactProtocol.Path + "/7/content", new FullDisk(), default));

    private Task<StoreResult<JobArtifactResponse>> UploadAsync() =>
        new ServerArtifacts(server).UploadAsync(
            new CreateArtifactRequest("a"),
            async (stream, cancel) =>
            {
                // As a zip comes: a little synchronously, much asynchronously, no piece as large as a block.
                for (var at = 0; at < bytes.Length;)
                {
                    var count = Math.Min(at % 2 == 0 ? 999_999 : 3, bytes.Length - at);
                    if (count > 3) await stream.WriteAsync(bytes.AsMemory(at, count), cancel);
                    else stream.Write(bytes.AsSpan(at, count));
                    at += count;
                }
            },
            default);

    private async Task StageAsync(string block, HttpContext context)
    {
        Assert.Equal("Bearer token", context.Request.Headers.Authorization.ToString());
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (CutOff(block, context)) return;
        if (calls[block] <= failures)
        {
            await Results.Json(new { code = ErrorCodes.InternalError, detail = "The disk is full." }, statusCode: 500).ExecuteAsync(context);
            return;
        }

        if (refusal is not null)
        {
            await Results.Json(new { code = refusal, detail = "No." }, statusCode: 413).ExecuteAsync(context);
            return;
        }

        blocks[block] = body.ToArray();
        context.Response.StatusCode = 204;
    }

    private IResult Commit(CommitUploadRequest request, HttpContext context)
    {
        if (CutOff("commit", context)) return Results.Empty;
        committed = [.. request.Blocks.SelectMany(block => blocks[block])];
        return Results.Json(
            new JobArtifactResponse(7, "a", "binary", ArtifactProtocol.Zip, request.SizeBytes, request.Sha256!, 1, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "url"),
            ContractsJson.Default.JobArtifactResponse);
    }

    private async Task DownloadAsync(HttpContext context)
    {
        var from = context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0;
        context.Response.StatusCode = from > 0 ? 206 : 200;
        context.Response.ContentLength = bytes.Length - from;
        await context.Response.Body.WriteAsync(bytes.AsMemory((int)from, (int)Math.Min(4_000_000, bytes.Length - from)));
        if (CutOff("content", context)) return;
        await context.Response.Body.WriteAsync(bytes.AsMemory((int)Math.Min(bytes.Length, from + 4_000_000)));
    }

    private bool CutOff(string call, HttpContext context)
    {
        if (calls.AddOrUpdate(call, 1, (_, count) => count + 1) > cut) return false;
        context.Abort();
        return true;
    }

    /// <summary>The waits between attempts are over at once.</summary>
    private sealed class ImpatientClock : TimeProvider
    {
        private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime <= LongestWait && dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }

    private sealed class FullDisk : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("No space left on device");
    }
}
