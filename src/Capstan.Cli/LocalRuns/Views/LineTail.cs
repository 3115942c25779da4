using System.Text;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>The last lines of a step, as a person is shown them while it runs and when it has failed. Not safe for concurrent use; the view locks.</summary>
/// <remarks>Of a flood of lines few are ever shown: they stay bytes until then, in buffers that are used again.</remarks>
internal sealed class LineTail
{
    public const int MostLines = 20;

    /// <summary>In bytes: no window is wider, and a step may print a line of 100 MB.</summary>
    private const int LongestLine = 4000;

    private readonly byte[][] lines = new byte[MostLines][];
    private readonly int[] lengths = new int[MostLines];

    /// <summary>How many there were in all.</summary>
    public long Count { get; private set; }

    /// <summary>Blank lines are left out: there is room for few.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (line.IndexOfAnyExcept(" \t\r\f\v"u8) < 0)
        {
            return;
        }

        var length = line.Length;
        if (length > LongestLine)
        {
            length = LongestLine;
            while (length > 0 && (line[length] & 0xC0) == 0x80)
            {
                length--;
            }
        }

        var slot = Count % MostLines;
        if (lines[slot] is null || lines[slot].Length < length)
        {
            lines[slot] = new byte[length];
        }

        line[..length].CopyTo(lines[slot]);
        lengths[slot] = length;
        Count++;
    }

    /// <summary>Oldest first.</summary>
    public IEnumerable<string> Last(int count)
    {
        for (var i = Math.Max(0, Count - Math.Min(count, MostLines)); i < Count; i++)
        {
            yield return Encoding.UTF8.GetString(lines[i % MostLines], 0, lengths[i % MostLines]);
        }
    }
}
