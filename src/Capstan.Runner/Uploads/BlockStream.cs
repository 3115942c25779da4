using System.Buffers;
using System.Globalization;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Uploads;

/// <summary>
/// Cuts what is written into blocks and sends a few of them at once: memory is that of those blocks, however much is written. Writing waits while as many as may be are under way.
/// Used by one writer. Disposing it gives up what is still being sent.
/// </summary>
internal sealed class BlockStream : WriteOnlyStream
{
    /// <summary>As many as <see cref="UploadProtocol"/> says are plenty.</summary>
    private const int AtOnce = 4;

    private readonly Func<string, ReadOnlyMemory<byte>, CancellationToken, Task<StoreResult<bool>>> send;
    private readonly CancellationTokenSource givenUp;
    private readonly CancellationToken cancel;
    private readonly SemaphoreSlim slots = new(AtOnce, AtOnce);
    private readonly List<string> names = [];
    private readonly List<Task> sending = [];
    private byte[]? block;
    private int filled;
    private bool disposed;
    private volatile StoreResult<bool>.Refused? refused;

    /// <param name="send">Sends a block by its name until it is there; answers why not. Called from any thread.</param>
    public BlockStream(Func<string, ReadOnlyMemory<byte>, CancellationToken, Task<StoreResult<bool>>> send, CancellationToken cancel)
    {
        this.send = send;
        givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        this.cancel = givenUp.Token;
    }

    /// <summary>Sends the rest and waits for all.</summary>
    /// <returns>The names in the order of their bytes.</returns>
    /// <exception cref="OperationCanceledException">As asked.</exception>
    public async Task<StoreResult<IReadOnlyList<string>>> EndAsync()
    {
        if (filled > 0) sending.Add(SendWhenThereIsRoomAsync(Take()));
        await Task.WhenAll(sending);
        return refused is { } no ? new StoreResult<IReadOnlyList<string>>.Refused(no.Code, no.Message) : new StoreResult<IReadOnlyList<string>>.Done(names);
    }

    /// <summary>Of few bytes, such as those between files: it does not wait.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (Fill(ref buffer)) sending.Add(SendWhenThereIsRoomAsync(Take()));
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var rest = buffer.Span;
            var full = Fill(ref rest);
            buffer = buffer[^rest.Length..];
            if (!full) return;
            await slots.WaitAsync(cancel);
            sending.RemoveAll(task => task.IsCompletedSuccessfully);
            sending.Add(SendAsync(Take()));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !disposed)
        {
            disposed = true;
            givenUp.Cancel();
            givenUp.Dispose();
            if (block is not null) ArrayPool<byte>.Shared.Return(block);
            block = null;
        }

        base.Dispose(disposing);
    }

    /// <returns>Whether the block is full, and must be sent before more can be taken.</returns>
    private bool Fill(ref ReadOnlySpan<byte> buffer)
    {
        if (refused is not null) throw new UploadRefusedException();
        block ??= ArrayPool<byte>.Shared.Rent(UploadProtocol.MaxBlockBytes);
        var taken = Math.Min(buffer.Length, UploadProtocol.MaxBlockBytes - filled);
        buffer[..taken].CopyTo(block.AsSpan(filled));
        filled += taken;
        buffer = buffer[taken..];
        return filled == UploadProtocol.MaxBlockBytes;
    }

    private async Task SendWhenThereIsRoomAsync(Block full)
    {
        await slots.WaitAsync(cancel);
        await SendAsync(full);
    }

    private async Task SendAsync(Block full)
    {
        try
        {
            if (await send(full.Name, full.Bytes.AsMemory(0, full.Count), cancel) is StoreResult<bool>.Refused no) refused ??= no;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(full.Bytes);
            slots.Release();
        }
    }

    private Block Take()
    {
        var full = new Block(names.Count.ToString("D5", CultureInfo.InvariantCulture), block!, filled);
        names.Add(full.Name);
        (block, filled) = (null, 0);
        return full;
    }

    private readonly record struct Block(string Name, byte[] Bytes, int Count);
}

/// <summary>Ends the writing of an upload that is refused already; who asked for the upload is told why.</summary>
internal sealed class UploadRefusedException : Exception;
