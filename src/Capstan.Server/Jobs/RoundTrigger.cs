namespace Capstan.Server.Jobs;

/// <summary>Work that is to be done again after every time it is asked for, by one at a time: many who ask while it is done cost one more round. Thread-safe, without locks.</summary>
internal sealed class RoundTrigger
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningAndAskedAgain = 2;

    private int state = Idle;

    /// <returns>True: the caller is to start it.</returns>
    public bool Ask()
    {
        while (true)
        {
            var before = Volatile.Read(ref state);
            if (before == RunningAndAskedAgain)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref state, before + 1, before) == before)
            {
                return before == Idle;
            }
        }
    }

    /// <summary>A round begins: what is asked for from here on is for the next.</summary>
    public void Begin() => Volatile.Write(ref state, Running);

    /// <returns>False: it was asked for again, so another round is due.</returns>
    public bool TryEnd() => Interlocked.CompareExchange(ref state, Idle, Running) == Running;
}
