using Capstan.Server.Data;
using Capstan.Server.Jobs;

namespace Capstan.Server.Tests.Jobs;

/// <summary>A poll as most tests see it: a claim or none.</summary>
internal static class Polling
{
    public static async Task<Claim?> ClaimAsync(this WaitingPolls polls, RunnerId runner, int usedSlots, TimeSpan atMost, CancellationToken cancellationToken = default) =>
        (await polls.WaitAsync(runner, usedSlots, atMost, cancellationToken) as PollResult.Got)?.Claim;

    /// <summary>One round for polls of these runners that have just come.</summary>
    public static Task<IReadOnlyList<Claim>> RoundAsync(this JobWorld world, params RunnerId[] runners) =>
        world.RoundAsync(world.Server.Get<ClaimRound>(), queueHasChanged: true, runners);

    /// <inheritdoc cref="RoundAsync(JobWorld, RunnerId[])"/>
    public static async Task<IReadOnlyList<Claim>> RoundAsync(this JobWorld world, ClaimRound round, bool queueHasChanged, params RunnerId[] runners)
    {
        var polls = new PollIndex();
        var waiting = new List<Poll>();
        foreach (var profile in await world.Server.Get<RunnerProfiles>().OfAsync(runners, default))
        {
            waiting.Add(new Poll(waiting.Count, profile, default, usedSlots: 0));
            polls.TryAdd(waiting[^1], runners.Length);
        }

        await round.ServeAsync(polls, queueHasChanged, default);
        return [.. waiting.Where(p => p.Answer.Task.IsCompleted).Select(p => p.Answer.Task.Result!)];
    }
}
