using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Blobs;

/// <summary>A kind of thing that jobs upload: a table with the columns id, job_execution_id, blob_id and state (<c>pending</c> until the upload is committed).</summary>
/// <param name="MaxBytes">The largest of its kind.</param>
internal sealed record UploadKind(string Table, long MaxBytes);

internal enum StageResult
{
    Staged,

    /// <summary>This execution has no such upload.</summary>
    NotFound,

    /// <summary>It is committed: nothing was changed.</summary>
    Committed,

    /// <summary>More was sent for it than two of the largest of its kind.</summary>
    TooLarge,
}

/// <summary>What the blob store made of a commit; what it means for the thing uploaded is the room's to write.</summary>
internal abstract record AssembleResult
{
    private AssembleResult()
    {
    }

    /// <summary>The bytes are one object, of the size and checksum that were said. Its row still says staging: <see cref="BlobIndex.CommitAsync"/> is next.</summary>
    public sealed record Assembled(BlobId Blob, StoredBlob Stored) : AssembleResult;

    /// <summary>An earlier call committed it.</summary>
    public sealed record AlreadyCommitted : AssembleResult;

    public sealed record NotFound : AssembleResult;

    /// <summary>This block was never staged; nothing was changed.</summary>
    public sealed record Incomplete(string Block) : AssembleResult;

    /// <summary>The bytes are not what was said: the upload and what was staged for it are gone.</summary>
    public sealed record Mismatch(string Detail) : AssembleResult;

    public sealed record TooLarge : AssembleResult;
}

/// <summary>Blocks of jobs' uploads: who may stage them, how much, and how they become an object. No transaction is open while bytes move. Thread-safe.</summary>
internal sealed class JobUploads(Database database, BlobIndex blobs)
{
    /// <summary>Blocks that are sent again count again: so often may an upload be sent.</summary>
    private const int MaxTimesSent = 2;

    /// <summary>Counts the bytes before they come: what a stranger to the upload sends, or too much of it, never reaches the disk.</summary>
    internal static string ReserveSql(UploadKind kind) => $"""
        update blobs b set staged_bytes = b.staged_bytes + @Bytes
          from {kind.Table} u
         where u.id = @Id and u.job_execution_id = @Execution and u.state = 'pending' and b.id = u.blob_id and b.state = 'staging' and b.staged_bytes + @Bytes <= @Limit
        returning b.id
        """;

    /// <param name="bytes">What <paramref name="content"/> has, at most.</param>
    public async Task<StageResult> StageAsync(UploadKind kind, ExecutionId execution, long id, string block, Stream content, long bytes, CancellationToken cancellationToken)
    {
        Guid? blob;
        await using (var connection = await database.OpenAsync(cancellationToken))
        {
            blob = await connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition(
                ReserveSql(kind), new { Id = id, Execution = execution.Value, Bytes = bytes, Limit = kind.MaxBytes * MaxTimesSent }, cancellationToken: cancellationToken));
            if (blob is null)
            {
                return (await FindAsync(connection, kind, execution, id))?.State switch
                {
                    null => StageResult.NotFound,
                    "pending" => StageResult.TooLarge,
                    _ => StageResult.Committed,
                };
            }
        }

        return await blobs.Store.StageAsync(new BlobId(blob.Value), block, content, cancellationToken) ? StageResult.Staged : StageResult.Committed;
    }

    /// <param name="request">Checked: no block twice, a size that is not negative.</param>
    public async Task<AssembleResult> AssembleAsync(UploadKind kind, ExecutionId execution, long id, CommitUploadRequest request, CancellationToken cancellationToken)
    {
        if (request.SizeBytes > kind.MaxBytes)
            return new AssembleResult.TooLarge();
        UploadRow? upload;
        await using (var connection = await database.OpenAsync(cancellationToken))
            upload = await FindAsync(connection, kind, execution, id);
        if (upload is null or { State: "pending", BlobId: null })
            return new AssembleResult.NotFound();
        if (upload.State != "pending")
            return new AssembleResult.AlreadyCommitted();
        var blob = new BlobId(upload.BlobId!.Value);
        switch (await blobs.Store.CommitAsync(blob, request.Blocks, cancellationToken))
        {
            case CommitBlobResult.BlockMissing missing:
                return new AssembleResult.Incomplete(missing.Block);
            case CommitBlobResult.Committed { Blob: var stored } when Difference(stored, request) is { } difference:
                await DropAsync(kind, id, blob, cancellationToken);
                return new AssembleResult.Mismatch(difference);
            case CommitBlobResult.Committed { Blob: var stored }:
                return new AssembleResult.Assembled(blob, stored);
            default:
                throw new InvalidOperationException("A commit has one of two results.");
        }
    }

    /// <summary>Forgets an upload that is not committed, with its bytes. Nothing happens to one that is.</summary>
    public Task DropAsync(UploadKind kind, long id, BlobId blob, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            if (await connection.ExecuteAsync($"delete from {kind.Table} where id = @Id and state = 'pending'", new { Id = id }) == 1)
                await blobs.ReleaseAsync(connection, [blob]);
        },
        cancellationToken);

    private static Task<UploadRow?> FindAsync(NpgsqlConnection connection, UploadKind kind, ExecutionId execution, long id) =>
        connection.QuerySingleOrDefaultAsync<UploadRow>(
            $"select state, blob_id from {kind.Table} where id = @Id and job_execution_id = @Execution", new { Id = id, Execution = execution.Value });

    private static string? Difference(StoredBlob stored, CommitUploadRequest request) =>
        stored.SizeBytes != request.SizeBytes ? $"The blocks have {stored.SizeBytes} bytes together, and {request.SizeBytes} were announced."
        : request.Sha256 is { } sha256 && !Convert.ToHexStringLower(stored.Sha256.Span).Equals(sha256, StringComparison.OrdinalIgnoreCase)
            ? "The bytes that came have another SHA-256 than was announced."
        : null;

    private sealed record UploadRow(string State, Guid? BlobId);
}
