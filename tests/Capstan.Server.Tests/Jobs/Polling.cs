using Capstan.Server.Data;
using Capstan.Server.Jobs;

namespace Capstan.Server.Tests.Jobs;

/// <summary>A poll as most tests see it: a claim or none.</summary>
internal static class Polling
{
    public static async Task<Claim?> ClaimAsync(this WaitingPolls polls, RunnerId runner, int usedSlots, TimeSpan atMost, CancellationToken cancellationToken = default) =>
        (await polls.WaitAsync(runner, usedSlots, atMost, cancellationToken) as PollResult.Got)?.Claim;

    /// <summary>One round for polls of these runners that have just come.</summary>
    public static async Task<IReadOnlyList<Claim>> RoundAsync(this JobWorld world, params RunnerId[] runners)
    {
        var polls = new PollIndex();
        var waiting = new List<Poll>();
        foreach (var profile in await world.Server.Get<RunnerProfiles>().OfAsync(runners, default))
        {
            waiting.Add(new Poll(waiting.Count, profile, default, usedSlots: 0));
            polls.TryAdd(waiting[^1], runners.Length);
        }

        await world.Server.Get<ClaimRound>().ServeAsync(polls, queueHasChanged: true, default);
        return [.. waiting.Where(p => p.Answer.Task.IsCompleted).Select(p => p.Answer.Task.Result!)];
    }
}
