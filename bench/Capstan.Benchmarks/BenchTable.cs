using System.Globalization;

namespace Capstan.Benchmarks;

/// <summary>One line of the table: what was measured, this build's figure, the bare limit of the same run, and the ratio of the two.</summary>
/// <param name="Unit">ms (less is better) or /s (more is better).</param>
/// <param name="Bare">The same effect with nothing of ours around it; null where there is none.</param>
/// <param name="Note">How it was measured, goal included.</param>
public sealed record BenchRow(string What, double Ours, double? Bare, string Unit, string Note)
{
    /// <summary>How much the program costs over the bare limit: above 1 is slower, whichever way the unit counts.</summary>
    public double? Ratio => Bare is not { } bare ? null : Unit == "/s" ? bare / Ours : Ours / bare;
}

/// <summary>Prints rows as they come, so that a long run shows what it has.</summary>
public static class BenchTable
{
    /// <summary>When the row before was printed: each tells how much of the processors was not there from then on, its preparation included.</summary>
    private static StolenTime since = StolenTime.Now();

    public static void Header() => Console.WriteLine($"{"what",-62} {"this build",14} {"bare limit",14} {"ratio",7}  note");

    public static void Print(BenchRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var now = StolenTime.Now();
        var stolen = now.Share(since).ToString("0.0%", CultureInfo.InvariantCulture);
        since = now;
        Console.WriteLine($"{row.What,-62} {Figure(row.Ours, row.Unit),14} {(row.Bare is { } bare ? Figure(bare, row.Unit) : "-"),14} {(row.Ratio is { } ratio ? ratio.ToString("0.0", CultureInfo.InvariantCulture) : "-"),7}  {row.Note}; stolen by the host {stolen}");
    }

    private static string Figure(double value, string unit) =>
        value.ToString(value >= 100 ? "#,0" : "0.0", CultureInfo.InvariantCulture) + (unit == "/s" ? "/s" : " " + unit);
}
