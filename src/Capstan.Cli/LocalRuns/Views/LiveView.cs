using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>
/// For a person at a terminal: what has ended scrolls up for good, with the whole output of what failed and a count for what passed; what goes on is a tree
/// below it that is drawn again ten times a second.
/// </summary>
internal sealed class LiveView : IRunView
{
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(100);
    private const int TailLines = 3;

    private readonly Terminal terminal;
    private readonly TimeProvider clock;
    private readonly ReportLines lines;
    private readonly FinalReport report;
    private readonly LiveRegion region;
    private readonly Lock drawing = new();
    private readonly ITimer timer;
    private RunBoard? board;

    public LiveView(Terminal terminal, TimeProvider clock)
    {
        this.terminal = terminal;
        this.clock = clock;
        lines = new ReportLines(terminal);
        report = new FinalReport(terminal, lines);
        region = new LiveRegion(terminal);
        timer = clock.CreateTimer(_ => Draw(), state: null, DrawEvery, DrawEvery);
    }

    public void WorkflowInvalid(string file, IReadOnlyList<Diagnostic> errors) =>
        Scroll([$"{terminal.Paint(Tone.Bad, "✗")} {file} is invalid", .. errors.Select(e => "  " + lines.Problem(e))]);

    public void Warned(RunTag? run, LocalJob? job, Diagnostic warning) =>
        Scroll([job is null ? lines.Problem(warning) : $"{lines.Problem(warning)} {terminal.Paint(Tone.Quiet, job.Name)}"]);

    public void NotTriggered(string workflow, string why) => Scroll([lines.NotTriggered(workflow, why)]);

    public void RunStarted(RunTag run)
    {
        lock (drawing)
        {
            board?.Dispose();
            board = new RunBoard(run, terminal);
            region.Scroll([lines.Header(run)]);
        }
    }

    public void JobQueued(RunTag run, LocalJob job)
    {
        lock (drawing)
        {
            _ = board![job];
        }
    }

    public void JobStarted(RunTag run, LocalJob job)
    {
        lock (drawing)
        {
            board![job].StartedAt = clock.GetUtcNow();
        }
    }

    public void StepPlaced(RunTag run, LocalJob job, int number, StepPlace place)
    {
        lock (drawing)
        {
            board![job].Step(number).Place = place;
        }
    }

    public void StepChanged(RunTag run, LocalJob job, StepReport step)
    {
        lock (drawing)
        {
            board![job].Report(step);
        }
    }

    public void Log(RunTag run, LocalJob job, int step, ReadOnlySpan<byte> line)
    {
        lock (drawing)
        {
            var row = board![job].Step(step);
            if (row.Output.Shows(line, out var shown))
            {
                row.Log.Append(shown);
                row.Tail.Append(shown);
            }
        }
    }

    public void LogPaused()
    {
    }

    public void Annotated(RunTag run, LocalJob job, Annotation annotation)
    {
        lock (drawing)
        {
            board![job].Annotations.Add(annotation);
        }
    }

    public void Summarized(RunTag run, LocalJob job, int step, string markdown)
    {
        lock (drawing)
        {
            board![job].Summaries.Add(markdown);
        }
    }

    public void Interrupt(LocalJob job, Action act)
    {
        lock (drawing)
        {
            region.Clear();
            region.Scroll(InProgress([board![job]], clock.GetUtcNow(), LineTail.MostLines));
            act();
        }
    }

    public void JobKept(RunTag run, LocalJob job, string step, string workspace)
    {
        lock (drawing)
        {
            board![job].Kept = (step, workspace);
        }
    }

    public void JobCompleted(RunTag run, LocalJob job, JobOutcome outcome)
    {
        lock (drawing)
        {
            var row = board![job];
            row.Outcome = outcome;
            row.CompletedAt = clock.GetUtcNow();
            region.Scroll(Ended(row), InProgress(board, row.CompletedAt.Value));
        }
    }

    public void ArtifactsKept(RunTag run, IReadOnlyList<string> files)
    {
        lock (drawing)
        {
            board!.Artifacts = files;
        }
    }

    public void RunCompleted(RunTag run, Conclusion conclusion, TimeSpan duration) => Scroll([.. report.Lines(board!, conclusion, duration)]);

    public void Dispose()
    {
        timer.Dispose();
        lock (drawing)
        {
            region.Clear();
        }

        board?.Dispose();
    }

    private void Scroll(IReadOnlyList<string> text)
    {
        lock (drawing)
        {
            region.Scroll(text);
        }
    }

    private void Draw()
    {
        // While something else has the window, the next time is early enough.
        if (!drawing.TryEnter())
        {
            return;
        }

        try
        {
            if (board is not null)
            {
                region.Draw(InProgress(board, clock.GetUtcNow()));
            }
        }
        finally
        {
            drawing.Exit();
        }
    }

    /// <summary>A job that has ended, with the whole output of each step that failed: line by line, it may be larger than memory.</summary>
    private IEnumerable<string> Ended(JobRow row)
    {
        var now = clock.GetUtcNow();
        yield return lines.Job(row, now);
        foreach (var step in row.Steps.Where(s => s.Report is not null))
        {
            var folded = step.Log.Lines > 0 && !step.Failed ? "  " + lines.Folded(step.Log.Lines) : "";
            yield return $"  {lines.Step(step, now)}{folded}";
            foreach (var line in step.Failed ? step.Log.ReadLines() : [])
            {
                yield return "    " + line;
            }

            // A failed step's log has been shown, with its annotations among the lines, but not their places.
            foreach (var annotation in row.Annotations.Where(a => a.Step == step.Number && (!step.Failed || a.File is not null)))
            {
                yield return "    " + lines.Annotation(annotation);
            }
        }

        foreach (var line in row.Outcome?.Conclusion is Conclusion.Failure or Conclusion.TimedOut ? row.Step(0).Log.ReadLines() : [])
        {
            yield return "  " + line;
        }
    }

    /// <summary>The jobs that go on: each with its steps, and the running step's last lines.</summary>
    private List<string> InProgress(RunBoard shown, DateTimeOffset now)
    {
        var going = shown.Jobs.Where(j => j.Outcome is null && j.StartedAt is not null).ToLookup(j => j.Job.Caller);
        var text = InProgress(going, caller: null, now).ToList();
        var waiting = shown.Jobs.Count(j => j.Outcome is null && j.StartedAt is null);
        if (waiting > 0)
        {
            text.Add(terminal.Paint(Tone.Quiet, $"· {waiting} more {(waiting == 1 ? "job waits" : "jobs wait")} for a processor"));
        }

        return text;
    }

    /// <summary>A job that calls a workflow goes on as long as any that it called: those stand below it.</summary>
    /// <param name="going">By who called them.</param>
    private IEnumerable<string> InProgress(ILookup<LocalJob?, JobRow> going, LocalJob? caller, DateTimeOffset now) => going[caller]
        .SelectMany(row => InProgress([row], now, TailLines).Concat(InProgress(going, row.Job, now).Select(line => "  " + line)));

    private IEnumerable<string> InProgress(IEnumerable<JobRow> jobs, DateTimeOffset now, int tail)
    {
        foreach (var row in jobs)
        {
            yield return lines.Job(row, now);
            foreach (var step in row.Steps.Where(s => s.Report is not null))
            {
                yield return "  " + lines.Step(step, now);
                foreach (var line in step.Report!.Status == Status.InProgress ? step.Tail.Last(tail) : [])
                {
                    yield return terminal.Paint(Tone.Quiet, "    " + LiveRegion.Visible(line));
                }
            }
        }
    }
}
