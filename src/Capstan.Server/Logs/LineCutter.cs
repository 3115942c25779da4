using System.Buffers;
using System.Text;

namespace Capstan.Server.Logs;

/// <summary>Takes lines out of a log's bytes as they come: leaves the first ones out, keeps the next ones. Not thread-safe.</summary>
/// <param name="skip">How many lines to leave out.</param>
/// <param name="take">How many lines to keep at most.</param>
/// <param name="maxBytes">Ends after the line that reaches this many kept bytes.</param>
internal sealed class LineCutter(long skip, int take, int maxBytes)
{
    /// <summary>A longer line is shown cut; the plain text download has all of it.</summary>
    public const int MaxLineBytes = 64 * 1024;

    /// <summary>Follows a line that was cut.</summary>
    public const string CutMark = " […]";

    private readonly List<string> lines = [];
    private readonly ArrayBufferWriter<byte> begun = new();
    private long toSkip = skip;
    private int kept;
    private bool inLine;

    public IReadOnlyList<string> Lines => lines;

    public bool IsDone => lines.Count >= take || kept >= maxBytes;

    /// <returns>False when no more bytes are needed.</returns>
    public bool Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsDone)
        {
            var end = bytes.IndexOf((byte)'\n');
            if (toSkip > 0)
            {
                if (end < 0)
                    return true;
                toSkip--;
            }
            else
            {
                Keep(end < 0 ? bytes : bytes[..end]);
                if (end < 0)
                    return true;
                FinishLine();
            }

            bytes = bytes[(end + 1)..];
        }

        return !IsDone;
    }

    /// <summary>The log has ended: what is left without a line end is a line too.</summary>
    public void End()
    {
        if (inLine && !IsDone)
            FinishLine();
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        inLine = true;

        // One byte more than is shown, so that a line which was cut can be told from one that fits.
        var room = MaxLineBytes + 1 - begun.WrittenCount;
        begun.Write(part.Length > room ? part[..room] : part);
    }

    private void FinishLine()
    {
        var bytes = begun.WrittenSpan;
        var isCut = bytes.Length > MaxLineBytes;
        if (isCut)
            bytes = bytes[..MaxLineBytes];
        if (bytes is [.., (byte)'\r'])
            bytes = bytes[..^1];
        lines.Add(isCut ? Encoding.UTF8.GetString(bytes) + CutMark : Encoding.UTF8.GetString(bytes));
        kept += bytes.Length + 1;
        begun.ResetWrittenCount();
        inLine = false;
    }
}
