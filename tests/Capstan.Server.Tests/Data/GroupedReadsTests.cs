using Capstan.Server.Data;
using Npgsql;
using Xunit;

namespace Capstan.Server.Tests.Data;

public sealed class GroupedReadsTests
{
    private readonly List<int[]> statements = [];
    private readonly Queue<TaskCompletionSource> gates = [];
    private readonly GroupedReads<int, string> reads;

    public GroupedReadsTests() => reads = new(async keys =>
    {
        statements.Add([.. keys]);
        var gate = new TaskCompletionSource();
        gates.Enqueue(gate);
        await gate.Task;
        return keys.Where(key => key > 0).ToDictionary(key => key, key => $"row {key}");
    });

    [Fact]
    public async Task What_is_asked_for_while_one_reads_goes_together_in_the_next()
    {
        var first = reads.ReadAsync(1, default);
        var later = new[] { reads.ReadAsync(2, default), reads.ReadAsync(3, default), reads.ReadAsync(2, default), reads.ReadAsync(-1, default) };

        gates.Dequeue().SetResult();
        Assert.Equal("row 1", await first);
        gates.Dequeue().SetResult();

        Assert.Equal("row 2,row 3,row 2,", string.Join(',', await Task.WhenAll(later)));
        Assert.Equal([[1], [2, 3, -1]], statements);
    }

    [Fact]
    public async Task An_answer_is_never_older_than_its_question()
    {
        var first = reads.ReadAsync(1, default);
        var same = reads.ReadAsync(1, default);

        gates.Dequeue().SetResult();
        await first;
        Assert.False(same.IsCompleted);
        gates.Dequeue().SetResult();
        await same;

        Assert.Equal([[1], [1]], statements);
    }

    [Fact]
    public async Task A_statement_that_fails_fails_for_those_who_asked_and_nobody_else()
    {
        var first = reads.ReadAsync(1, default);
        var later = reads.ReadAsync(2, default);

        gates.Dequeue().SetException(new InvalidOperationException("broken"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        gates.Dequeue().SetResult();

        Assert.Equal("row 2", await later);
    }

    [Fact]
    public async Task As_many_wait_as_may_and_one_more_is_told_of_an_outage()
    {
        var first = reads.ReadAsync(0, default);
        var waiting = Enumerable.Range(1, GroupedReads<int, string>.MaxKeys * GroupedReads<int, string>.MaxGroups).Select(key => reads.ReadAsync(key, default)).ToList();

        Assert.True(Database.IsOutage(await Assert.ThrowsAsync<NpgsqlException>(() => reads.ReadAsync(-1, default))));

        gates.Dequeue().SetResult();
        Assert.Null(await first);
        while (gates.TryDequeue(out var gate))
        {
            gate.SetResult();
        }

        await Task.WhenAll(waiting);
        Assert.All(statements, keys => Assert.InRange(keys.Length, 1, GroupedReads<int, string>.MaxKeys));
    }

    [Fact]
    public async Task Who_leaves_is_not_waited_for()
    {
        using var gone = new CancellationTokenSource();
        var first = reads.ReadAsync(1, gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }
}
