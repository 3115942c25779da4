using System.Collections.Concurrent;
using Capstan.Server.Data;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>Gives each set of labels (a job's <c>runs-on</c>) its number, so that the queue is one index range a set. Thread-safe.</summary>
internal sealed class LabelSets(Database database)
{
    /// <summary>Sets are as many as people write different <c>runs-on</c>; a matrix over labels made by a program must not fill the memory.</summary>
    private const int MaxKept = 10_000;

    private const string Sql = """
        with added as (insert into actions_label_sets (labels) values ($1) on conflict (labels) do nothing returning id)
        select id from added union all select id from actions_label_sets where labels = $1
        """;

    private readonly ConcurrentDictionary<string, long> kept = new(StringComparer.Ordinal);

    /// <param name="labels">Lower case, sorted, without doubles.</param>
    /// <remarks>
    /// A new set is stored at once, not in a caller's transaction: kept numbers must not point to a row that was rolled back. It stays when the caller fails, which
    /// harms nobody.
    /// </remarks>
    public async Task<long> IdAsync(IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        var name = string.Join('\n', labels);
        if (kept.TryGetValue(name, out var known))
        {
            return known;
        }

        if (kept.Count >= MaxKept)
        {
            kept.Clear();
        }

        return kept[name] = await InternAsync([.. labels], cancellationToken);
    }

    private async Task<long> InternAsync(string[] labels, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        while (true)
        {
            await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = labels } } };

            // Nothing comes back when another server adds the same set between the two halves of the statement: the next look sees it.
            if (await command.ExecuteScalarAsync(cancellationToken) is long id)
            {
                return id;
            }
        }
    }
}
