namespace Capstan.Server.Logs;

/// <summary>How far a viewer has read: the id of each event, sent back by a browser as <c>Last-Event-ID</c> when it reconnects. Text: <c>execution/stream:line,…</c>.</summary>
internal sealed class LogCursor
{
    /// <summary>A text longer than this is no cursor of ours: 10,000 streams with 20 digits each.</summary>
    private const int MaxTextLength = 300_000;

    private readonly SortedDictionary<int, long> lines = [];

    /// <summary>Null: nothing was read of any execution.</summary>
    public long? Execution { get; private set; }

    /// <summary>How many lines of the stream have been read.</summary>
    public long this[int stream]
    {
        get => lines.GetValueOrDefault(stream);
        set => lines[stream] = value;
    }

    /// <summary>Anything that is no cursor means: from the beginning.</summary>
    public static LogCursor Parse(string? text)
    {
        var cursor = new LogCursor();
        if (text is null || text.Length > MaxTextLength || text.Split('/') is not [var execution, var streams] || !long.TryParse(execution, out var id))
            return cursor;
        cursor.Execution = id;
        foreach (var pair in streams.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split(':') is [var stream, var line] && int.TryParse(stream, out var number) && long.TryParse(line, out var read)
                && number is >= 0 and <= LogStreams.MaxStream && read >= 0)
                cursor[number] = read;
        }

        return cursor;
    }

    /// <summary>Turns to an execution; to another one than before: from its beginning.</summary>
    public void TurnTo(long execution)
    {
        if (Execution == execution)
            return;
        lines.Clear();
        Execution = execution;
    }

    public override string ToString() => $"{Execution}/{string.Join(',', lines.Select(pair => $"{pair.Key}:{pair.Value}"))}";
}
