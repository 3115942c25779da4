using Npgsql;

namespace Capstan.Server.Data;

/// <summary>
/// Reads of single rows by key that are asked for at the same time, done in one statement. The first starts at once; what is asked for while one runs goes together in
/// the next. So an answer is never older than its question, nobody waits when there is little to do, and a thousand questions at once cost a few statements. Thread-safe.
/// </summary>
/// <param name="readAsync">Reads those rows that exist. Not cancelled: many wait for it.</param>
internal sealed class GroupedReads<TKey, TRow>(Func<IReadOnlyCollection<TKey>, Task<IReadOnlyDictionary<TKey, TRow>>> readAsync)
    where TKey : notnull
    where TRow : class
{
    /// <summary>Keys of one statement, at most; the others wait for the next.</summary>
    public const int MaxKeys = 500;

    /// <summary>Statements that wait, at most. When the database is this far behind, who asks is better off with an error than with an answer that nobody waits for any more.</summary>
    public const int MaxGroups = 100;

    private readonly Lock gate = new();
    private readonly Queue<Group> waiting = [];
    private Group? open;
    private bool isReading;

    /// <returns>Null: there is no such row.</returns>
    /// <exception cref="NpgsqlException">The database failed, or more than <see cref="MaxGroups"/> wait for it: an outage to whoever asked.</exception>
    public async Task<TRow?> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        var rows = await Join(key).Rows.Task.WaitAsync(cancellationToken);
        return rows.GetValueOrDefault(key);
    }

    private Group Join(TKey key)
    {
        var isFirst = false;
        Group group;
        lock (gate)
        {
            if (open is not { Keys.Count: < MaxKeys })
            {
                if (waiting.Count >= MaxGroups)
                {
                    throw new NpgsqlException("Too many reads wait for the database.");
                }

                waiting.Enqueue(open = new Group());
            }

            group = open;
            group.Keys.Add(key);
            if (!isReading)
            {
                isReading = isFirst = true;
            }
        }

        if (isFirst)
        {
            _ = ReadAllAsync();
        }

        return group;
    }

    private async Task ReadAllAsync()
    {
        while (Take() is { } group)
        {
            try
            {
                group.Rows.SetResult(await readAsync(group.Keys));
            }
#pragma warning disable CA1031 // Those who asked get the error; what is asked for next may go well.
            catch (Exception error)
#pragma warning restore CA1031
            {
                group.Rows.SetException(error);
            }
        }
    }

    /// <returns>Null, and then the next to ask starts again.</returns>
    private Group? Take()
    {
        lock (gate)
        {
            isReading = waiting.TryDequeue(out var group);
            if (group == open)
            {
                open = null;
            }

            return group;
        }
    }

    private sealed class Group
    {
        public HashSet<TKey> Keys { get; } = [];

        public TaskCompletionSource<IReadOnlyDictionary<TKey, TRow>> Rows { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
