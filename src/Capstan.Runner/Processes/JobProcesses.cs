using System.Diagnostics;
using System.Globalization;

namespace Capstan.Runner.Processes;

/// <summary>How the processes of a job ended.</summary>
/// <param name="Killed">What had to be ended, as <c>(id, name)</c>.</param>
/// <param name="NoneLeft">
/// No descendant of the runner can be left that the job has started, also none that dropped all that says whose it is. What others started for the job, as a container's engine does,
/// is no descendant.
/// </param>
internal readonly record struct ProcessesEnd(IReadOnlyList<FoundProcess> Killed, bool NoneLeft);

/// <summary>
/// All processes of one job, also those that left their parents. A process belongs to a step when its session was begun by a process of the step, when
/// <see cref="TrackingVariable"/> in its environment says so, or when its parent belongs. What drops all three (a new session, a cleaned environment, a dead parent)
/// is not found: the documented limit. This process adopts orphans (<c>PR_SET_CHILD_SUBREAPER</c>), so only its own descendants are looked at.
/// </summary>
/// <remarks>Used from the job's threads; safe for several jobs in one process, and leaves alone children that something else in this process started.</remarks>
internal sealed class JobProcesses
{
    /// <summary>GitHub's name; its value is <c>job.step</c>, with a job id that is unique in time.</summary>
    public const string TrackingVariable = "RUNNER_TRACKING_ID";

    /// <summary>Rounds of "kill all that is found" before giving up on something that forks faster than it can be ended.</summary>
    private const int MaxKillRounds = 200;

    private const int AdoptOrphans = 36;

    /// <summary>Without a dot, so that it is no job's.</summary>
    private const string NoJob = "runner";

    private static readonly Lock SessionsGate = new();

    /// <summary>As many as the steps of the jobs that run have had: few enough to be searched. For keys that are numbers .NET would make a comparer by reflection.</summary>
    private static readonly List<Session> Sessions = [];

    private static int lastJob;

    private readonly string job;

    static JobProcesses() => _ = Posix.ProcessControl(AdoptOrphans, 1, 0, 0, 0);

    /// <param name="job">The job's part of the tracking value, without dots.</param>
    public JobProcesses(string job) => this.job = job;

    /// <summary>A name for a job that no other has had on this machine since the machine was started. A GUID would do, too, and takes a millisecond to be written the first time.</summary>
    public static string NewName() => string.Create(
        CultureInfo.InvariantCulture, $"capstan_{Environment.ProcessId}_{Stopwatch.GetTimestamp()}_{Interlocked.Increment(ref lastJob)}");

    public string TrackingOf(int step) => string.Create(CultureInfo.InvariantCulture, $"{job}.{step}");

    /// <summary>Starts a process for the job; it leads a session of its own.</summary>
    /// <remarks>Under the lock that reaping takes: a process that ends at once must not be taken for an unknown orphan before it is written down as ours.</remarks>
    /// <returns>The process id, or minus the error number.</returns>
    public static int Start(ProcessStart start, int output, string tracking) => Start(start, output, output, tracking);

    /// <summary>Starts a process that is no job's; nobody but the caller waits for it, who then calls <see cref="ForgetOwn"/>.</summary>
    /// <returns>As <see cref="Start(ProcessStart, int, string)"/>.</returns>
    public static int StartOwn(ProcessStart start, int output, int error) => Start(start, output, error, NoJob);

    public static void ForgetOwn(int process)
    {
        lock (SessionsGate) Sessions.RemoveAll(session => session.Leader == process);
    }

    /// <summary>Whether this process has no children, ended ones included. As it adopts orphans, nothing that a job has started can be left then.</summary>
    public static unsafe bool HaveAllGone()
    {
        const int anyChild = 0;
        var information = stackalloc byte[Posix.StructureBytes];
        return Posix.WaitAny(anyChild, 0, information, Posix.WaitExited | Posix.WaitNoHang | Posix.WaitNoReap) < 0
            && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Posix.NoChild;
    }

    /// <summary>Reaps an ended child unless a step's own thread waits for it.</summary>
    internal static unsafe void ReapOrphan(int process)
    {
        lock (SessionsGate)
        {
            int status;
            if (SessionOwner(process) is null) _ = Posix.WaitProcess(process, &status, Posix.WaitNoHang);
        }
    }

    /// <summary>Signals all living processes of a step, newest generation last.</summary>
    /// <returns>How many there were.</returns>
    public int SignalStep(int step, int signal)
    {
        var found = ProcessScan.Find(new Owner(job, TrackingOf(step)));
        foreach (var process in found) _ = Posix.Kill(process.Id, signal);
        return found.Count;
    }

    /// <summary>Kills what is left of a step, until nothing is found.</summary>
    public void KillStep(int step) => _ = KillAll(new Owner(job, TrackingOf(step)));

    /// <summary>Kills and reaps everything that is left of the job and forgets it.</summary>
    public ProcessesEnd End()
    {
        var end = KillAll(new Owner(job, Step: null));
        lock (SessionsGate)
        {
            Sessions.RemoveAll(session => new Owner(job, Step: null).Owns(session.Tracking));
        }

        return end;
    }

    /// <summary>Reaps ended orphans, also those of ended jobs that nobody knows any more, so that they do not fill the process table.</summary>
    public static void ReapOrphans()
    {
        if (!HaveAllGone()) _ = ProcessScan.Find(new Owner(NoJob, Step: null));
    }

    private static int Start(ProcessStart start, int output, int error, string tracking)
    {
        lock (SessionsGate)
        {
            var process = Spawner.Start(start, output, error);
            if (process > 0)
            {
                // An id that the system gives again: the process that had it has ended, its job has not.
                Sessions.RemoveAll(session => session.Leader == process);
                Sessions.Add(new Session(process, tracking));
            }

            return process;
        }
    }

    internal static string? SessionOwner(int session)
    {
        lock (SessionsGate) return Sessions.Find(known => known.Leader == session)?.Tracking;
    }

    private static ProcessesEnd KillAll(Owner owner) => HaveAllGone() ? new ProcessesEnd([], NoneLeft: true) : KillFound(owner);

    private static ProcessesEnd KillFound(Owner owner)
    {
        var killed = new List<FoundProcess>();
        var seen = new HashSet<int>();
        for (var round = 0; round < MaxKillRounds; round++)
        {
            var found = ProcessScan.Find(owner, seen, out var strangers);
            if (found.Count == 0) return new ProcessesEnd(killed, !strangers);
            foreach (var process in found)
            {
                if (seen.Add(process.Id)) killed.Add(process);
                _ = Posix.Kill(process.Id, Posix.SigKill);
            }

            // A killed process needs a moment to go; poll with nothing to wait for is a pause of that length.
            unsafe
            {
                _ = Posix.Poll(null, 0, 1);
            }
        }

        // What cannot be killed, as another user's process, is left.
        return new ProcessesEnd(killed, NoneLeft: false);
    }

    /// <summary>A job, or one step of it.</summary>
    internal readonly record struct Owner(string Job, string? Step)
    {
        public bool Owns(string tracking) => Step is null
            ? tracking.Length > Job.Length && tracking[Job.Length] == '.' && tracking.StartsWith(Job, StringComparison.Ordinal)
            : tracking == Step;
    }

    /// <summary>A session that was begun here, by its leader's id, and whose it is.</summary>
    private sealed class Session(int leader, string tracking)
    {
        public int Leader { get; } = leader;

        public string Tracking { get; } = tracking;
    }
}
