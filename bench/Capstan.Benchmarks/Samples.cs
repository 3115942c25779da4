namespace Capstan.Benchmarks;

/// <summary>Durations in milliseconds, summed up by percentiles (nearest rank).</summary>
public sealed class Samples
{
    private readonly List<double> values = [];

    public double Median => Percentile(50);

    public void Add(double milliseconds) => values.Add(milliseconds);

    public double Percentile(double percent)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
