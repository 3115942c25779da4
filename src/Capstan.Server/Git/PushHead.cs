using System.Text;

namespace Capstan.Server.Git;

/// <summary>One line of a push: move <paramref name="Ref"/> from <paramref name="Old"/> to <paramref name="New"/> (zeros: it does not exist, it shall not exist).</summary>
internal sealed record PushCommand(string Ref, string Old, string New)
{
    public bool Creates => ObjectName.IsZero(Old);

    public bool Deletes => ObjectName.IsZero(New);
}

/// <summary>What came of reading the head of a push.</summary>
internal abstract record PushHeadResult
{
    private PushHeadResult()
    {
    }

    public sealed record Read(PushHead Head) : PushHeadResult;

    /// <summary>No command at all: a client that only tries whether it may push, before it sends much (body <c>0000</c>).</summary>
    public sealed record Probe : PushHeadResult;

    public sealed record Malformed(string Why) : PushHeadResult;
}

/// <summary>
/// The commands at the start of a push's body: read, decided upon and recorded before git sees them, so that a refused push moves nothing. The reading must agree
/// with <c>git receive-pack</c>: where git is lenient in a way that could make us see other commands than it does, we refuse.
/// </summary>
/// <remarks>Source: <see href="https://git-scm.com/docs/gitprotocol-pack#_reference_update_request_and_packfile_transfer"/>.</remarks>
internal sealed class PushHead
{
    public const int MaxCommands = 10_000;

    /// <summary>Room for <see cref="MaxCommands"/> commands with long names.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const int FirstBufferBytes = 16 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<PushCommand> commands = [];
    private readonly HashSet<string> refs = new(StringComparer.Ordinal);
    private readonly HashSet<string> capabilities = new(StringComparer.Ordinal);

    private PushHead()
    {
    }

    public IReadOnlyList<PushCommand> Commands => commands;

    /// <summary>Everything read from the body so far: the commands, and what came with them of the rest. Git gets these bytes first.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    public bool WantsReport => capabilities.Contains("report-status") || capabilities.Contains("report-status-v2");

    public bool WantsSideBand => capabilities.Contains("side-band-64k");

    /// <summary>Reads until the flush that ends the commands. Throws only what <paramref name="body"/> throws.</summary>
    public static async Task<PushHeadResult> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var head = new PushHead();
        var buffer = new byte[FirstBufferBytes];
        var (filled, done) = (0, 0);
        while (true)
        {
            var read = PktLine.TryRead(buffer.AsSpan(done, filled - done), out var kind, out var payload, out var length);
            if (read == PacketRead.Malformed)
                return new PushHeadResult.Malformed("the body is no list of packets");
            if (read == PacketRead.Complete)
            {
                var line = buffer.AsSpan(done, filled - done)[payload];
                done += length;
                if (kind == PacketKind.Flush)
                {
                    head.Bytes = buffer.AsMemory(0, filled);
                    return head.commands.Count == 0 ? new PushHeadResult.Probe() : new PushHeadResult.Read(head);
                }

                if (kind != PacketKind.Data)
                    return new PushHeadResult.Malformed("a command was expected");
                if (head.Add(line) is { } wrong)
                    return new PushHeadResult.Malformed(wrong);
                continue;
            }

            if (filled == buffer.Length)
            {
                if (buffer.Length >= MaxBytes)
                    return new PushHeadResult.Malformed($"the commands of one push may take {MaxBytes} bytes; push fewer refs at once");
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var count = await body.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (count == 0)
                return filled == 0 ? new PushHeadResult.Probe() : new PushHeadResult.Malformed("the body ends within the commands");
            filled += count;
        }
    }

    /// <returns>What is wrong with the line, or null.</returns>
    private string? Add(ReadOnlySpan<byte> line)
    {
        if (line.EndsWith("\n"u8))
            line = line[..^1];

        // The client's shallow boundary concerns git alone.
        if (line.StartsWith("shallow "u8))
            return null;

        var nul = line.IndexOf((byte)0);
        if (nul >= 0)
        {
            foreach (var capability in Encoding.ASCII.GetString(line[(nul + 1)..]).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                capabilities.Add(capability);
            line = line[..nul];
        }

        // Never offered, so only a client that does not listen sends it. Git would read its commands from inside the certificate.
        if (line.SequenceEqual("push-cert"u8))
            return "signed pushes are not offered";
        if (commands.Count == MaxCommands)
            return $"one push may move {MaxCommands} refs; push fewer at once";
        return AddCommand(line);
    }

    private string? AddCommand(ReadOnlySpan<byte> line)
    {
        const int RefStart = (2 * ObjectName.HexLength) + 2;
        string text;
        try
        {
            text = StrictUtf8.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return "names of refs must be UTF-8";
        }

        if (text.Length <= RefStart || text[ObjectName.HexLength] != ' ' || text[RefStart - 1] != ' '
            || !ObjectName.IsName(text.AsSpan(0, ObjectName.HexLength)) || !ObjectName.IsName(text.AsSpan(ObjectName.HexLength + 1, ObjectName.HexLength)))
            return "a command is not of the form 'old new ref'";

        var reference = text[RefStart..];
        if (!refs.Add(reference))
            return $"{reference} stands in the push twice";
        commands.Add(new PushCommand(reference, text[..ObjectName.HexLength].ToLowerInvariant(), text[(ObjectName.HexLength + 1)..(RefStart - 1)].ToLowerInvariant()));
        return null;
    }
}
