using System.Security.Cryptography;

namespace Capstan.Runner.Uploads;

/// <summary>Passes bytes on and keeps their count and SHA-256. Not thread-safe. The stream below is disposed with it.</summary>
internal sealed class HashingStream(Stream below) : WriteOnlyStream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes so far.</summary>
    public long Size { get; private set; }

    /// <summary>Of the bytes so far: 64 hexadecimal digits, lower case.</summary>
    public string Sha256 => Convert.ToHexStringLower(hash.GetCurrentHash());

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Count(buffer);
        below.Write(buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count(buffer.Span);
        return below.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush() => below.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            below.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Count(ReadOnlySpan<byte> buffer)
    {
        hash.AppendData(buffer);
        Size += buffer.Length;
    }
}
