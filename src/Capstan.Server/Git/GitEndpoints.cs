using System.Buffers;
using System.IO.Compression;
using System.Text.RegularExpressions;
using Capstan.Contracts;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Git;

/// <summary>Git's smart HTTP protocol: the addresses that <c>git clone</c>, <c>fetch</c> and <c>push</c> call, with or without <c>.git</c> behind the name.</summary>
/// <remarks>Source: <see href="https://git-scm.com/docs/http-protocol"/>.</remarks>
internal static partial class GitEndpoints
{
    private const string UploadPack = "git-upload-pack";
    private const string ReceivePack = "git-receive-pack";

    /// <summary>What a fetch asks for, decompressed: some 50 bytes for each commit that the client names.</summary>
    internal const long MaxFetchRequestBytes = 32 * 1024 * 1024;

    private const int CopyBufferBytes = 64 * 1024;

    /// <summary>A client may think for long in the middle of a pack, but not for ever.</summary>
    private static readonly MinDataRate SlowestPush = new(bytesPerSecond: 1, gracePeriod: TimeSpan.FromMinutes(5));

    public static void MapGitEndpoints(this IEndpointRouteBuilder routes)
    {
        var turns = routes.ServiceProvider.GetRequiredService<GitTurns>();
        var git = routes.MapGroup("/{owner}/{repository}").ExcludeFromDescription().AddEndpointFilter(turns);
        git.MapGet("/info/refs", GetInfoRefs).Require(Access.Repository(Right.Read));
        git.MapPost($"/{UploadPack}", PostUploadPack).Require(Access.Repository(Right.Read));
        git.MapPost($"/{ReceivePack}", PostReceivePack).Require(Access.Repository(Right.Write));
    }

    private static async Task GetInfoRefs(HttpContext context, GitFolder folder, ILogger<GitProcess> logger)
    {
        var repository = context.Repository();
        var service = context.Request.Query["service"].ToString();
        if (service is not (UploadPack or ReceivePack))
        {
            await Problems.Forbidden("Only git's smart HTTP protocol is served here; use git 1.6.6 or newer.").ExecuteAsync(context);
            return;
        }

        if (service == ReceivePack && AccessDecisions.Refuse(context.Principal(), repository.Right, Right.Write) is { } refusal)
        {
            await AccessMiddleware.RefuseAsync(context, refusal);
            return;
        }

        if (!await IsHostedAsync(context, folder))
            return;
        Begin(context, $"application/x-{service}-advertisement");
        var output = context.Response.BodyWriter;
        PktLine.Write(output, $"# service={service}\n");
        output.Write(PktLine.Flush);
        await output.FlushAsync(context.RequestAborted);

        var command = GitCommand.Create(folder.PathOf(repository.Id), [service["git-".Length..], "--stateless-rpc", "--http-backend-info-refs", "."], ProtocolOf(context));
        await using var process = command.Start();
        await using var ending = process.EndWhen(context.RequestAborted);
        process.EndInput();
        await process.Output.CopyToAsync(context.Response.Body, CopyBufferBytes, context.RequestAborted);
        await NoteEndAsync(process, service, repository, logger, context.RequestAborted);
    }

    private static async Task PostUploadPack(HttpContext context, GitFolder folder, ILogger<GitProcess> logger)
    {
        TakeBodyTo(context, MaxFetchRequestBytes);
        if (!await IsHostedAsync(context, folder) || await ReadBodyOfAsync(context, UploadPack) is not { } body)
            return;
        var repository = context.Repository();
        await using var limited = new LimitedStream(body, MaxFetchRequestBytes);
        await using var process = GitCommand.Create(folder.PathOf(repository.Id), ["upload-pack", "--stateless-rpc", "."], ProtocolOf(context)).Start();

        // Both directions at once: git may begin to answer before it has read everything.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var ending = process.EndWhen(failed.Token);
        var sending = SendAsync(limited, process, failed);
        Begin(context, $"application/x-{UploadPack}-result");
        try
        {
            await process.Output.CopyToAsync(context.Response.Body, CopyBufferBytes, failed.Token);
        }
        finally
        {
            await sending;
        }

        await NoteEndAsync(process, UploadPack, repository, logger, context.RequestAborted);
    }

    private static async Task PostReceivePack(HttpContext context, GitFolder folder, PushReceiver receiver)
    {
        TakeBodyTo(context, PushBody.MaxBytes);
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = SlowestPush;
        if (!await IsHostedAsync(context, folder) || await ReadBodyOfAsync(context, ReceivePack) is not { } body)
            return;
        Begin(context, $"application/x-{ReceivePack}-result");
        await using var limited = new LimitedStream(body, PushBody.MaxBytes + 1);
        await receiver.ReceiveAsync(context.Repository().Id, context.Principal(), limited, context.Response.Body, context.RequestAborted);
    }

    /// <summary>Gives the body to git. When the body fails, <paramref name="failed"/> is cancelled; when git wants no more of it, its answer says why.</summary>
    private static async Task SendAsync(Stream body, GitProcess process, CancellationTokenSource failed)
    {
        try
        {
            var buffer = new byte[CopyBufferBytes];
            int count;
            while ((count = await body.ReadAsync(buffer, failed.Token)) > 0 && await process.TryWriteAsync(buffer.AsMemory(0, count), failed.Token))
            {
            }

            process.EndInput();
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    // Other routes take much less.
    private static void TakeBodyTo(HttpContext context, long maxBytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = maxBytes;
    }

    private static void Begin(HttpContext context, string contentType)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = contentType;
        headers.CacheControl = "no-cache, max-age=0, must-revalidate";
        headers.Pragma = "no-cache";
        headers.Expires = "Fri, 01 Jan 1980 00:00:00 GMT";
    }

    private static async Task<bool> IsHostedAsync(HttpContext context, GitFolder folder)
    {
        if (folder.Exists(context.Repository().Id))
            return true;
        await Problems.NotFound("This repository is not hosted here.").ExecuteAsync(context);
        return false;
    }

    /// <returns>The body as git wants it; null when it was refused.</returns>
    private static async Task<Stream?> ReadBodyOfAsync(HttpContext context, string service)
    {
        var expected = $"application/x-{service}-request";
        if (!string.Equals(context.Request.ContentType, expected, StringComparison.OrdinalIgnoreCase))
        {
            await Problems.Of(StatusCodes.Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, $"The body must be {expected}.").ExecuteAsync(context);
            return null;
        }

        switch (context.Request.Headers.ContentEncoding.ToString().ToLowerInvariant())
        {
            case "" or "identity":
                return context.Request.Body;
            case "gzip" or "x-gzip":
                return new GZipStream(context.Request.Body, CompressionMode.Decompress);
            default:
                await Problems.Of(StatusCodes.Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "The body may be compressed with gzip only.").ExecuteAsync(context);
                return null;
        }
    }

    // The header becomes an environment variable of git: only what a version's announcement may consist of is passed on.
    private static string? ProtocolOf(HttpContext context)
    {
        var asked = context.Request.Headers["Git-Protocol"].ToString();
        return asked.Length is > 0 and <= 200 && ProtocolPattern().IsMatch(asked) ? asked : null;
    }

    private static async Task NoteEndAsync(GitProcess process, string service, AccessedRepository repository, ILogger logger, CancellationToken cancellationToken)
    {
        var exitCode = await process.WaitAsync(cancellationToken);
        if (exitCode != 0)
            logger.LogInformation("{Service} of repository {Repository} ended with {ExitCode}: {Error}", service, repository.Id.Value, exitCode, process.Error);
    }

    [GeneratedRegex("^[A-Za-z0-9=:._-]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex ProtocolPattern();
}
