using System.Globalization;

namespace Capstan.Benchmarks;

/// <summary>
/// Milliseconds of processor time used so far, user and system: by the program under test, by its runner with the jobs, by its database, and by this process, which makes the load. Unlike a rate
/// they hardly depend on what else the machine does. Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
/// </summary>
internal sealed record ProcessorTime(double Server, double Runner, double Database, double Load)
{
    private const double MillisecondsATick = 10;

    /// <param name="server">The program's process; its descendants are counted: those named postgres as its database, the others as its runner.</param>
    public static ProcessorTime Now(int server)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder)!).Where(name => int.TryParse(name, out _)).Select(Read).OfType<Stat>().ToList();
        var children = all.ToLookup(stat => stat.Parent);
        var (program, runner, database) = (0.0, 0.0, 0.0);
        var open = new Stack<Stat>(all.Where(stat => stat.Id == server));
        while (open.TryPop(out var stat))
        {
            if (stat.Name == "postgres")
            {
                database += stat.Milliseconds;
            }
            else if (stat.Id == server)
            {
                program += stat.Milliseconds;
            }
            else
            {
                runner += stat.Milliseconds;
            }

            foreach (var child in children[stat.Id])
            {
                open.Push(child);
            }
        }

        return new ProcessorTime(program, runner, database, Environment.CpuUsage.TotalTime.TotalMilliseconds);
    }

    /// <summary>What was used since, divided by the things done.</summary>
    public ProcessorTime Each(ProcessorTime before, int things) =>
        new((Server - before.Server) / things, (Runner - before.Runner) / things, (Database - before.Database) / things, (Load - before.Load) / things);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"CPU ms each: server {Server:0.000}, runner {Runner:0.000}, database {Database:0.000}, load {Load:0.000}");

    /// <summary>With the time of children that have ended: a connection's process takes its own with it.</summary>
    private static Stat? Read(string id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            var end = text.LastIndexOf(')');
            var fields = text[(end + 2)..].Split(' ');
            var ticks = fields[11..15].Sum(field => double.Parse(field, CultureInfo.InvariantCulture));
            return new Stat(int.Parse(id, CultureInfo.InvariantCulture), text[(text.IndexOf('(', StringComparison.Ordinal) + 1)..end], int.Parse(fields[1], CultureInfo.InvariantCulture), ticks * MillisecondsATick);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Stat(int Id, string Name, int Parent, double Milliseconds);
}
