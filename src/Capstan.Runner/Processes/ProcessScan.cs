using System.Globalization;
using System.Text;

namespace Capstan.Runner.Processes;

/// <param name="Name">Of its program, as the system shortens it.</param>
internal sealed record FoundProcess(int Id, string Name);

/// <summary>Walks this process's descendants in <c>/proc</c>. Costs about 20 microseconds a thread of this process and 50 a descendant.</summary>
internal static class ProcessScan
{
    /// <summary>A child nobody has collected for this long is an orphan nobody knows: it is reaped.</summary>
    private const long UnknownZombieMilliseconds = 10_000;

    private const int EnvironmentBytes = 256 * 1024;

    private static readonly byte[] TrackingPrefix = Encoding.ASCII.GetBytes(JobProcesses.TrackingVariable + "=");
    private static readonly int OwnSession = Stat(Environment.ProcessId, new byte[8192])?.Session ?? 0;
    private static readonly Lock ZombiesGate = new();
    private static readonly Dictionary<int, long> UnknownZombies = [];

    /// <summary>The living processes of <paramref name="owner"/>. On the way, ended children that belong to a job are reaped.</summary>
    /// <param name="known">Processes that belong although nothing about them says so any more (seen before they ended).</param>
    public static List<FoundProcess> Find(JobProcesses.Owner owner, HashSet<int>? known = null) => Find(owner, known, out _);

    /// <inheritdoc cref="Find(JobProcesses.Owner, HashSet{int})"/>
    /// <param name="strangers">Whether there are orphans of which nothing says whose they are.</param>
    public static List<FoundProcess> Find(JobProcesses.Owner owner, HashSet<int>? known, out bool strangers)
    {
        var found = new List<FoundProcess>();
        var buffer = new byte[8192];
        strangers = false;
        foreach (var child in ChildrenOf(Environment.ProcessId, buffer)) strangers |= !Visit(child, owner, known, parentBelongs: false, directChild: true, found, buffer);
        return found;
    }

    /// <returns>Whether it is known whose it is. An ended one counts: it may have begun another one while this one was looked at.</returns>
    private static bool Visit(
        int process, JobProcesses.Owner owner, HashSet<int>? known, bool parentBelongs, bool directChild, List<FoundProcess> found, byte[] buffer)
    {
        // Gone since it was listed: what it has left may not be listed.
        if (Stat(process, buffer) is not { } stat) return false;
        var tracking = JobProcesses.SessionOwner(stat.Session);
        var belongs = parentBelongs || (tracking is not null && owner.Owns(tracking)) || known?.Contains(process) == true;
        if (stat.Zombie)
        {
            // The leader of a step's session is waited for by the step's own thread. Any other session than this process's own was begun by an orphan: what
            // other parts of the program start stays in ours.
            if (directChild && (stat.Session != process || tracking is null)) Reap(process, belongs || tracking is not null || stat.Session != OwnSession);
            return belongs || tracking is not null;
        }

        if (!belongs && Variable(process, TrackingPrefix) is { } variable) belongs = owner.Owns(variable);
        if (belongs) found.Add(new FoundProcess(process, stat.Name));
        foreach (var child in ChildrenOf(process, buffer)) _ = Visit(child, owner, known, belongs, directChild: false, found, buffer);

        // The variable alone does not say it: a process may set it as it likes.
        return belongs || tracking is not null;
    }

    private static void Reap(int process, bool ours)
    {
        if (ours)
        {
            JobProcesses.ReapOrphan(process);
            return;
        }

        lock (ZombiesGate)
        {
            var now = Environment.TickCount64;
            if (!UnknownZombies.TryGetValue(process, out var since))
            {
                UnknownZombies[process] = now;
            }
            else if (now - since > UnknownZombieMilliseconds)
            {
                UnknownZombies.Remove(process);
                JobProcesses.ReapOrphan(process);
            }
        }
    }

    private static List<int> ChildrenOf(int process, byte[] buffer)
    {
        var children = new List<int>();
        string[] threads;
        try
        {
            threads = Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"));
        }
        catch (IOException)
        {
            // The process has just ended.
            return children;
        }
        catch (UnauthorizedAccessException)
        {
            return children;
        }

        foreach (var thread in threads)
        {
            var path = thread + "/children";
            var length = Posix.ReadFile(path, buffer);
            byte[]? larger = null;
            while (length == (larger ?? buffer).Length)
            {
                larger = new byte[length * 2];
                length = Posix.ReadFile(path, larger);
            }

            AddNumbers((larger ?? buffer).AsSpan(0, Math.Max(length, 0)), children);
        }

        return children;
    }

    private static void AddNumbers(ReadOnlySpan<byte> text, List<int> numbers)
    {
        var number = 0;
        var inside = false;
        foreach (var digit in text)
        {
            if (digit is >= (byte)'0' and <= (byte)'9')
            {
                number = (number * 10) + (digit - '0');
                inside = true;
            }
            else
            {
                if (inside) numbers.Add(number);
                number = 0;
                inside = false;
            }
        }

        if (inside) numbers.Add(number);
    }

    private static (string Name, bool Zombie, int Session)? Stat(int process, byte[] buffer)
    {
        var length = Posix.ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"), buffer);
        return length <= 0 ? null : ParseStat(Encoding.UTF8.GetString(buffer, 0, length));
    }

    /// <summary>
    /// Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (the name is in brackets and may itself hold brackets and spaces). A process whose first thread has ended
    /// is said to be a zombie while its other threads run.
    /// </summary>
    internal static (string Name, bool Zombie, int Session)? ParseStat(string text)
    {
        const int state = 0;
        const int session = 3;
        const int threads = 17;
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var close = text.LastIndexOf(')');
        if (open < 0 || close < open) return null;
        var fields = text[(close + 2)..].Split(' ');
        var hasEnded = fields[state] is "Z" or "X" && int.Parse(fields[threads], CultureInfo.InvariantCulture) <= 1;
        return (text[(open + 1)..close], hasEnded, int.Parse(fields[session], CultureInfo.InvariantCulture));
    }

    /// <summary>A variable in the environment that a process was started with; null when it has none or may not be looked at.</summary>
    /// <param name="prefix">The name with its equals sign.</param>
    public static string? Variable(int process, ReadOnlySpan<byte> prefix)
    {
        var buffer = new byte[EnvironmentBytes];
        var length = Posix.ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/environ"), buffer);
        if (length <= 0) return null;
        var rest = buffer.AsSpan(0, length);
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)0);
            var entry = end < 0 ? rest : rest[..end];
            if (entry.StartsWith(prefix)) return Encoding.UTF8.GetString(entry[prefix.Length..]);
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return null;
    }
}
