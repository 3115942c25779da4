namespace Capstan.Cli.LocalRuns.Views;

/// <summary>The last lines of a step, as a person is shown them while it runs and when it has failed. Not safe for concurrent use; the view locks.</summary>
internal sealed class LineTail
{
    public const int MostLines = 20;

    /// <summary>No window is wider; a step may print a line of 100 MB.</summary>
    private const int LongestLine = 1000;

    private readonly Queue<string> lines = [];

    /// <summary>How many there were in all.</summary>
    public long Count { get; private set; }

    /// <summary>Blank lines are left out: there is room for few.</summary>
    public void Append(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        if (lines.Count == MostLines)
        {
            lines.Dequeue();
        }

        lines.Enqueue(line.Length > LongestLine ? line[..LongestLine] : line);
        Count++;
    }

    /// <summary>Oldest first.</summary>
    public IEnumerable<string> Last(int count) => lines.TakeLast(count);
}
