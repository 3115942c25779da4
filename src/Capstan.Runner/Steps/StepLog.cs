using System.Text;
using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Runner.Logs;
using Capstan.Runner.Masking;

namespace Capstan.Runner.Steps;

/// <summary>
/// The log of one step: lines of its processes on the way to the observer, commands taken out of them, and the runner's own lines. Not thread-safe: used by the
/// step's thread.
/// </summary>
internal sealed class StepLog : ILineSink
{
    private readonly int step;
    private readonly IJobObserver observer;
    private readonly MaskSet masks;
    private readonly TimeProvider clock;

    public StepLog(int step, IJobObserver observer, MaskSet masks, TimeProvider clock)
    {
        this.step = step;
        this.observer = observer;
        this.masks = masks;
        this.clock = clock;
    }

    /// <summary>Takes the command lines while a script of the step runs; null: all lines are ordinary output.</summary>
    public StepCommands? Commands { get; set; }

    /// <summary>Lines of the runner; they hold no commands.</summary>
    public void Write(string text)
    {
        var time = clock.GetUtcNow();
        foreach (var line in text.Split('\n')) observer.Log(step, time, Encoding.UTF8.GetBytes(masks.Mask(line.TrimEnd('\r'))));
    }

    public void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole)
    {
        if (whole && Commands is not null && WorkflowCommand.MayBe(raw) && Commands.Take(raw, Encoding.UTF8.GetString(masked))) return;
        observer.Log(step, time, masked);
    }
}
