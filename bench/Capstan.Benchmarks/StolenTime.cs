using System.Globalization;

namespace Capstan.Benchmarks;

/// <summary>
/// Processor time that a virtual machine's host gave to others while something here wanted to run. Figures of a minute in which it was much say little.
/// Source: https://man7.org/linux/man-pages/man5/proc_stat.5.html
/// </summary>
internal sealed record StolenTime(double Stolen, double All)
{
    private const int StealField = 7;

    public static StolenTime Now()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..(StealField + 2)]
            .Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return new StolenTime(ticks[StealField], ticks.Sum());
    }

    /// <summary>Of all processors since then, from 0 to 1.</summary>
    public double Share(StolenTime before) => (Stolen - before.Stolen) / Math.Max(1, All - before.All);
}
