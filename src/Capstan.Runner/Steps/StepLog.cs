using System.Text;
using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Runner.Logs;
using Capstan.Runner.Masking;
using Capstan.Workflows;

namespace Capstan.Runner.Steps;

/// <summary>
/// The log of one step: lines of its processes on the way to the observer, commands taken out of them, and the runner's own lines. Not thread-safe: used by the
/// step's thread.
/// </summary>
internal sealed class StepLog : ILineSink
{
    /// <summary>How the runner's own lines begin, which views and log readers look for.</summary>
    private static readonly string[] Marks = ["##[group]", "##[endgroup]", "##[error]", "##[warning]", "##[notice]", "##[debug]", "##[start-action", "##[end-action"];

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
        foreach (var line in TextParts.Of(text, '\n')) observer.Log(step, time, Encoding.UTF8.GetBytes(Masked(line.TrimEnd('\r'))));
        observer.LogPaused();
    }

    /// <summary>What stands behind a mark is masked, the mark is not: a secret that is a part of its word must not take the structure from the log.</summary>
    private string Masked(string line)
    {
        foreach (var mark in Marks)
        {
            if (line.StartsWith(mark, StringComparison.Ordinal)) return mark + masks.Mask(line[mark.Length..]);
        }

        return masks.Mask(line);
    }

    public void Line(DateTimeOffset time, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> masked, bool whole)
    {
        if (whole && Commands is not null)
        {
            if (WorkflowCommand.MayBe(raw) && Commands.Take(raw, Encoding.UTF8.GetString(masked))) return;
            if (Commands.LooksForProblems && Commands.TakeProblem(Encoding.UTF8.GetString(raw))) return;
        }

        observer.Log(step, time, masked);
    }

    public void Pause() => observer.LogPaused();
}
