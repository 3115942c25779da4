using System.Buffers;

namespace Capstan.Server.Git;

/// <summary>
/// What <c>git receive-pack</c> says, split in two: its progress goes on to the client at once, its report of the refs is held back until the push is recorded.
/// A client that has gone away does not stop the reading: the refs move all the same.
/// </summary>
internal sealed class ReceivePackAnswer
{
    /// <summary>The report has a line a ref, of which there are at most <see cref="PushHead.MaxCommands"/>.</summary>
    private const int MaxHeldBytes = 2 * PushHead.MaxBytes;

    private readonly bool sideBand;
    private readonly Stream client;
    private readonly ArrayBufferWriter<byte> held = new();
    private readonly ArrayBufferWriter<byte> report = new();
    private bool clientIsGone;

    public ReceivePackAnswer(bool sideBand, Stream client)
    {
        this.sideBand = sideBand;
        this.client = client;
    }

    /// <summary>What git reported of the refs, as packets without side band.</summary>
    public ReadOnlySpan<byte> Report => sideBand ? report.WrittenSpan : held.WrittenSpan;

    /// <summary>Reads until git has said everything.</summary>
    public async Task ReadAsync(Stream output, CancellationToken clientGone, CancellationToken cancellationToken)
    {
        var buffer = new byte[2 * PktLine.MaxLength];
        var filled = 0;
        while (true)
        {
            var count = await output.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (count == 0)
                break;
            filled += count;
            var done = sideBand ? await TakePacketsAsync(buffer.AsMemory(0, filled), clientGone) : Hold(buffer.AsSpan(0, filled));
            buffer.AsSpan(done, filled - done).CopyTo(buffer);
            filled -= done;
        }

        if (filled > 0)
            Hold(buffer.AsSpan(0, filled));
    }

    /// <summary>Sends what was held back.</summary>
    public Task ReleaseAsync(CancellationToken cancellationToken) => SendAsync(held.WrittenMemory, cancellationToken);

    /// <summary>A line that the client shows after <c>remote:</c>; only with a side band.</summary>
    public async Task TellAsync(string line, CancellationToken cancellationToken)
    {
        if (!sideBand)
            return;
        var packet = new ArrayBufferWriter<byte>();
        PktLine.WriteBand(packet, PushReport.ProgressBand, System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        await SendAsync(packet.WrittenMemory, cancellationToken);
    }

    private async Task<int> TakePacketsAsync(ReadOnlyMemory<byte> bytes, CancellationToken clientGone)
    {
        var done = 0;
        while (PktLine.TryRead(bytes.Span[done..], out var kind, out var payload, out var length) is var read && read != PacketRead.Incomplete)
        {
            if (read == PacketRead.Malformed)
                throw new InvalidDataException("git receive-pack said something that is no packet.");
            var packet = bytes.Slice(done, length);
            done += length;
            if (kind == PacketKind.Data && packet.Span[payload] is [PushReport.ProgressBand, ..])
            {
                await SendAsync(packet, clientGone);
                continue;
            }

            if (kind == PacketKind.Data && packet.Span[payload] is [PushReport.ReportBand, .. var part])
                report.Write(part);
            Hold(packet.Span);
        }

        return done;
    }

    private int Hold(ReadOnlySpan<byte> bytes)
    {
        if (held.WrittenCount + bytes.Length > MaxHeldBytes)
            throw new InvalidDataException($"git receive-pack said more than {MaxHeldBytes} bytes.");
        held.Write(bytes);
        return bytes.Length;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (clientIsGone)
            return;
        try
        {
            await client.WriteAsync(bytes, cancellationToken);
            await client.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            clientIsGone = true;
        }
    }
}
