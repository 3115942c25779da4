using Capstan.Server.Data;
using Capstan.Server.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

/// <summary>Who gets what of what was seen of the queue. Sets are named by their labels, jobs are numbered in their order.</summary>
public sealed class QueueViewTests
{
    private static readonly LabelSet[] Sets = [new(1, ["linux"]), new(2, ["gpu", "linux"]), new(3, ["arm"])];

    private readonly PollIndex polls = new();
    private int last;

    [Fact]
    public void Each_job_in_its_order_goes_to_the_least_loaded_poll_that_fits()
    {
        var busy = Poll(["linux"], used: 3);
        var idle = Poll(["linux"], used: 0);
        var view = View([(1, 5), (2, 5), (3, 5)], 1, 2, 1, 1);

        var matches = polls.Match(view, 10);

        Assert.Equal([(1L, idle), (3L, busy)], Pairs(matches));
    }

    [Fact]
    public void Of_two_equally_loaded_the_one_that_waits_longer_is_served_first_whatever_their_classes()
    {
        var first = Poll(["gpu", "linux"], used: 1);
        var second = Poll(["linux"], used: 1);

        Assert.Equal([(1L, first), (2L, second)], Pairs(polls.Match(View([(1, 5)], 1, 1), 10)));
    }

    [Fact]
    public void What_was_given_away_is_gone_and_the_rest_serves_those_who_come_later()
    {
        Poll(["linux"], used: 0);
        var view = View([(1, 5)], 1, 1);
        polls.Match(view, 10);
        var late = Poll(["linux"], used: 0);

        Assert.Equal([(2L, late)], Pairs(polls.Match(view, 10)));
        Poll(["linux"], used: 0);
        var none = polls.Match(view, 10);
        Assert.Empty(none.Pairs);
        Assert.Single(none.Nothing);
    }

    [Fact]
    public void Beyond_where_a_set_was_cut_those_who_fit_it_get_nothing_and_others_do()
    {
        var linux = Enumerable.Range(0, 3).Select(_ => Poll(["gpu", "linux"], used: 0)).ToList();
        var arm = Poll(["arm"], used: 0);
        var view = View([(1, 1), (2, 5), (3, 5)], 1, 2, 3);

        var matches = polls.Match(view, 10);

        Assert.Equal([(1L, linux[0]), (3L, arm)], Pairs(matches));
        Assert.Single(matches.Unknown);
        Assert.Empty(matches.Nothing);
    }

    [Fact]
    public void When_all_sets_together_were_cut_nobody_is_told_that_there_is_nothing()
    {
        Poll(["arm"], used: 0);

        Assert.Single(polls.Match(Cut([(1, 5), (3, 5)], limit: 2, 1, 1), 10).Unknown);
    }

    [Fact]
    public void A_job_of_a_repository_that_no_assignment_covers_is_passed_over()
    {
        var own = Poll(["linux"], used: 0, new RunnerScopeSet(false, [], [42]));
        var view = new QueueView(Sets, [new Demand(1, RunnerScopeSet.All, 5)], [Job(1, 1, repository: 7), Job(2, 1, repository: 42)], 100);

        Assert.Equal([(2L, own)], Pairs(polls.Match(view, 10)));
    }

    [Fact]
    public void No_more_pairs_are_made_than_one_statement_claims()
    {
        for (var n = 0; n < 5; n++)
        {
            Poll(["linux"], used: 0);
        }

        var matches = polls.Match(View([(1, 9)], 1, 1, 1, 1, 1), 3);

        Assert.Equal(3, matches.Pairs.Count);
        Assert.Empty(matches.Unknown);
    }

    [Fact]
    public async Task A_poll_that_is_held_leaves_only_with_the_end_of_the_claim()
    {
        var poll = Poll(["linux"], used: 0);
        polls.Match(View([(1, 9)], 1), 1);

        Assert.False(polls.TryLeave(poll));
        polls.Settle([(poll, null)]);

        Assert.Null(await poll.Answer.Task);
        Assert.Equal(0, polls.Count);
    }

    [Fact]
    public void As_many_polls_wait_as_may_resting_and_held_ones_included()
    {
        Assert.True(polls.TryAdd(Make(["linux"], 0, RunnerScopeSet.All, mayWork: true), 2));
        polls.Match(View([(1, 9)], 1), 1);
        Assert.True(polls.TryAdd(Make(["linux"], 0, RunnerScopeSet.All, mayWork: false), 2));

        Assert.False(polls.TryAdd(Make(["linux"], 0, RunnerScopeSet.All, mayWork: true), 2));
        Assert.Equal(2, polls.Count);
    }

    [Fact]
    public void A_runner_that_may_not_work_asks_for_nothing_until_it_may()
    {
        var poll = Make(["linux"], 0, RunnerScopeSet.All, mayWork: false);
        polls.TryAdd(poll, 10);
        Assert.Empty(polls.Demands(Sets));

        Assert.True(polls.Refresh(poll, poll.Profile with { MayWork = true }, default));

        Assert.Equal([1L], polls.Demands(Sets).Select(d => d.LabelSet));
    }

    [Fact]
    public void Classes_that_nobody_waits_in_are_forgotten_when_there_are_many()
    {
        for (var n = 0; n < 5 * PollIndex.MinKeptClasses; n++)
        {
            polls.TryLeave(Poll([$"label-{n}"], used: 0));
        }

        Assert.InRange(polls.Classes, 1, PollIndex.MinKeptClasses);
    }

    private static QueueView View((long Set, int Rows)[] asked, params long[] sets) => Cut(asked, limit: 100, sets);

    private static QueueView Cut((long Set, int Rows)[] asked, int limit, params long[] sets) =>
        new(Sets, [.. asked.Select(a => new Demand(a.Set, RunnerScopeSet.All, a.Rows))], [.. sets.Select((set, at) => Job(at + 1, set))], limit);

    private static Candidate Job(long id, long set, long repository = 7) => new(new ExecutionId(id), set, new OrganizationId(1), new RepositoryId(repository));

    private static IEnumerable<(long Job, Poll Poll)> Pairs(Matches matches) => matches.Pairs.Select(p => (p.Candidate.Execution.Value, p.Poll));

    private Poll Poll(string[] labels, int used, RunnerScopeSet? scope = null)
    {
        var poll = Make(labels, used, scope ?? RunnerScopeSet.All, mayWork: true);
        Assert.True(polls.TryAdd(poll, int.MaxValue));
        return poll;
    }

    private Poll Make(string[] labels, int used, RunnerScopeSet scope, bool mayWork) =>
        new(++last, new RunnerProfile(new RunnerId(last), labels, scope, 4, mayWork), default, used);
}
