using System.Diagnostics.Metrics;

namespace Capstan.Server.Hosting;

/// <summary>
/// What the server tells a collector about itself, under the name <see cref="Name"/>; requests and statements are told by the framework and the driver. Costs
/// next to nothing while nobody listens.
/// </summary>
internal static class Telemetry
{
    public const string Name = "Capstan.Server";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> LoopSeconds = Meter.CreateHistogram<double>("capstan.loop.duration", "s", "How long a round of a background loop took.");
    private static readonly Counter<long> LoopFailures = Meter.CreateCounter<long>("capstan.loop.failures", "{round}", "Rounds of a background loop that ended with an error.");

    public static void LoopRound(string loop, TimeSpan duration, bool succeeded)
    {
        var tag = new KeyValuePair<string, object?>("loop", loop);
        LoopSeconds.Record(duration.TotalSeconds, tag);
        if (!succeeded)
            LoopFailures.Add(1, tag);
    }
}
