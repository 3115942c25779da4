using System.Runtime.InteropServices;

namespace Capstan.Testing;

/// <summary>
/// Measures the processor's time that the calling thread takes: what its work costs, also on a machine whose processors are busy with others. Only for work that stays on its thread; waiting
/// costs nothing.
/// Source: https://man7.org/linux/man-pages/man3/clock_gettime.3.html
/// </summary>
public readonly partial struct ThreadWatch
{
    private const int ThreadClock = 3;
    private const int TicksPerSecond = (int)TimeSpan.TicksPerSecond;

    private readonly int thread;
    private readonly TimeSpan begun;

    private ThreadWatch(int thread, TimeSpan begun) => (this.thread, this.begun) = (thread, begun);

    /// <exception cref="InvalidOperationException">Asked for on another thread than the one that began.</exception>
    public TimeSpan Elapsed => thread == Environment.CurrentManagedThreadId
        ? Now() - begun
        : throw new InvalidOperationException("The work has moved to another thread, whose time is another.");

    public static ThreadWatch StartNew() => new(Environment.CurrentManagedThreadId, Now());

    private static TimeSpan Now() => ReadClock(ThreadClock, out var time) == 0
        ? new TimeSpan((time.Seconds * TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : throw new InvalidOperationException("This system has no clock for the time of a thread.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReadClock(int clock, out Time time);

    private readonly struct Time
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
