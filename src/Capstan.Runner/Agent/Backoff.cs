namespace Capstan.Runner.Agent;

/// <summary>How long to wait before the next attempt while the server is gone: doubles up to a limit; different runners are spread. Not thread-safe.</summary>
internal sealed class Backoff(TimeProvider clock, long runnerId)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <summary>Runners that lost the same server do not all come back in the same moment.</summary>
    private readonly double spread = 1 + (runnerId % 16 / 32.0);

    private TimeSpan next = First;

    public void Reset() => next = First;

    public Task WaitAsync(CancellationToken cancel)
    {
        var wait = next * spread;
        next = next * 2 < Longest ? next * 2 : Longest;
        return Task.Delay(wait, clock, cancel);
    }
}
