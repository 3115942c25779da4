using System.Buffers;
using System.Text;

namespace Capstan.Server.Git;

/// <summary>What a push is told about its refs, in the form of <c>git receive-pack</c>, so that <c>git push</c> shows a reason behind each ref.</summary>
/// <remarks>Source: <see href="https://git-scm.com/docs/gitprotocol-pack#_report_status"/>.</remarks>
internal static class PushReport
{
    public const byte ReportBand = 1;
    public const byte ProgressBand = 2;
    public const byte ErrorBand = 3;

    /// <summary>The answer to a push that is refused as a whole: no ref moved, and each says why.</summary>
    public static byte[] Refuse(PushHead head, IReadOnlyDictionary<string, string> reasons, string reasonOfTheOthers) =>
        Write(head, reference => reasons.GetValueOrDefault(reference, reasonOfTheOthers));

    /// <summary>An answer of ours in git's place.</summary>
    /// <param name="whyNot">The reason of a ref that did not move; null for one that did.</param>
    public static byte[] Write(PushHead head, Func<string, string?> whyNot)
    {
        var answer = new ArrayBufferWriter<byte>();
        if (!head.WantsReport)
        {
            // Who wants no report can still be told that something failed, in the band for that.
            if (head.WantsSideBand && head.Commands.Select(command => whyNot(command.Ref)).FirstOrDefault(why => why is not null) is { } why)
            {
                PktLine.WriteBand(answer, ErrorBand, Encoding.UTF8.GetBytes(OneLine(why) + "\n"));
                answer.Write(PktLine.Flush);
            }

            return answer.WrittenSpan.ToArray();
        }

        var report = new ArrayBufferWriter<byte>();
        PktLine.Write(report, "unpack ok\n");
        foreach (var command in head.Commands)
            PktLine.Write(report, whyNot(command.Ref) is { } why ? $"ng {command.Ref} {OneLine(why)}\n" : $"ok {command.Ref}\n");
        report.Write(PktLine.Flush);
        if (!head.WantsSideBand)
            return report.WrittenSpan.ToArray();
        PktLine.WriteBand(answer, ReportBand, report.WrittenSpan);
        answer.Write(PktLine.Flush);
        return answer.WrittenSpan.ToArray();
    }

    /// <summary>The answer to a push whose head cannot be read: an error that every client shows.</summary>
    public static byte[] Error(string message)
    {
        var answer = new ArrayBufferWriter<byte>();
        PktLine.Write(answer, $"ERR {OneLine(message)}\n");
        return answer.WrittenSpan.ToArray();
    }

    /// <summary>Which refs git says it moved, from the packets of a report (without side band); null when it is no complete report.</summary>
    public static IReadOnlySet<string>? MovedRefs(ReadOnlySpan<byte> report)
    {
        var moved = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            if (PktLine.TryRead(report, out var kind, out var payload, out var length) != PacketRead.Complete)
                return null;
            if (kind == PacketKind.Flush)
                return moved;
            var line = report[payload];
            report = report[length..];
            if (line.EndsWith("\n"u8))
                line = line[..^1];
            if (line.StartsWith("ok "u8))
                moved.Add(Encoding.UTF8.GetString(line[3..]));
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
