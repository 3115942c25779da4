using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Capstan.Server.Git;

/// <summary>What one packet of git's protocol is. Only <see cref="Data"/> has a payload.</summary>
internal enum PacketKind
{
    Data,

    /// <summary><c>0000</c>: ends a list or a message.</summary>
    Flush,

    /// <summary><c>0001</c>: separates sections (protocol v2).</summary>
    Delimiter,

    /// <summary><c>0002</c>: ends an answer of a stateless connection (protocol v2).</summary>
    ResponseEnd,
}

/// <summary>How git frames what it says: four hex digits with the length, themselves included, and then the payload.</summary>
/// <remarks>Source: <see href="https://git-scm.com/docs/protocol-common#_pkt_line_format"/>.</remarks>
internal static class PktLine
{
    public const int LengthDigits = 4;

    /// <summary>The longest packet there is, its length digits included.</summary>
    public const int MaxLength = 65520;

    public static ReadOnlySpan<byte> Flush => "0000"u8;

    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> payload)
    {
        WriteLength(target, payload.Length);
        target.Write(payload);
    }

    public static void Write(IBufferWriter<byte> target, string payload) => Write(target, Encoding.UTF8.GetBytes(payload));

    /// <summary>Writes <paramref name="payload"/> as packets of a side band: each begins with the band's number.</summary>
    public static void WriteBand(IBufferWriter<byte> target, byte band, ReadOnlySpan<byte> payload)
    {
        const int MaxPayload = MaxLength - LengthDigits - 1;
        while (payload.Length > 0)
        {
            var part = payload[..Math.Min(payload.Length, MaxPayload)];
            WriteLength(target, part.Length + 1);
            target.Write([band]);
            target.Write(part);
            payload = payload[part.Length..];
        }
    }

    /// <summary>Reads the packet at the start of <paramref name="bytes"/>.</summary>
    public static PacketRead TryRead(ReadOnlySpan<byte> bytes, out PacketKind kind, out Range payload, out int length)
    {
        (kind, payload, length) = (PacketKind.Data, default, 0);
        if (bytes.Length < LengthDigits)
            return PacketRead.Incomplete;
        if (!Utf8Parser.TryParse(bytes[..LengthDigits], out int stated, out var digits, 'x') || digits != LengthDigits)
            return PacketRead.Malformed;
        switch (stated)
        {
            case 0 or 1 or 2:
                kind = stated switch { 0 => PacketKind.Flush, 1 => PacketKind.Delimiter, _ => PacketKind.ResponseEnd };
                length = LengthDigits;
                return PacketRead.Complete;
            case < LengthDigits or > MaxLength:
                return PacketRead.Malformed;
        }

        if (bytes.Length < stated)
            return PacketRead.Incomplete;
        payload = LengthDigits..stated;
        length = stated;
        return PacketRead.Complete;
    }

    private static void WriteLength(IBufferWriter<byte> target, int payloadLength)
    {
        var length = payloadLength + LengthDigits;
        if (length > MaxLength)
            throw new InvalidOperationException($"A packet has at most {MaxLength} bytes, not {length}.");
        Utf8Formatter.TryFormat(length, target.GetSpan(LengthDigits), out _, new StandardFormat('x', LengthDigits));
        target.Advance(LengthDigits);
    }
}

internal enum PacketRead
{
    Complete,

    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The bytes are no packet and never will be.</summary>
    Malformed,
}
