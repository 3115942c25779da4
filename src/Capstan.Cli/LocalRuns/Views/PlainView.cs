using System.Text;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>
/// For files and pipes: the whole log in order, job by job. One job at a time is written as it goes on; the output of those beside it is kept until it is their
/// turn, so that the lines of two jobs never mix. Steps of one job that run at the same time are not held back, a server's output belongs between that of the tests that
/// use it: their lines begin with the step's name.
/// </summary>
internal sealed class PlainView(Terminal terminal, TimeProvider clock) : IRunView
{
    private readonly Lock writing = new();
    private readonly ReportLines lines = new(terminal);
    private readonly List<JobRow> turn = [];
    private Dictionary<JobRow, StepLog>? waiting;
    private RunBoard? board;

    public void WorkflowInvalid(string file, IReadOnlyList<Diagnostic> errors)
    {
        terminal.Line($"{terminal.Paint(Tone.Bad, "✗")} {file} is invalid");
        foreach (var error in errors)
        {
            terminal.Line("  " + lines.Problem(error));
        }
    }

    public void Warned(RunTag? run, LocalJob? job, Diagnostic warning)
    {
        lock (writing)
        {
            if (job is null)
            {
                terminal.Line(lines.Problem(warning));
            }
            else
            {
                Put(board![job], "  " + lines.Problem(warning));
            }
        }
    }

    public void NotTriggered(string workflow, string why) => terminal.Line(lines.NotTriggered(workflow, why));

    public void RunStarted(RunTag run)
    {
        lock (writing)
        {
            board?.Dispose();
            board = new RunBoard(run, terminal);
            terminal.Line(lines.Header(run));
        }
    }

    public void JobQueued(RunTag run, LocalJob job)
    {
    }

    public void JobStarted(RunTag run, LocalJob job)
    {
        lock (writing)
        {
            var row = board![job];
            row.StartedAt = clock.GetUtcNow();
            if (job.Uses is null)
            {
                turn.Add(row);
                Put(row, lines.Begin(job));
            }
        }
    }

    public void StepPlaced(RunTag run, LocalJob job, int number, StepPlace place)
    {
        lock (writing)
        {
            board![job].Step(number).Place = place;
        }
    }

    public void StepChanged(RunTag run, LocalJob job, StepReport step)
    {
        lock (writing)
        {
            var row = board![job];
            row.Report(step);
            if (step.Status == Status.Completed)
            {
                Put(row, "  " + lines.Step(row.Step(step.Number), clock.GetUtcNow()));
            }
        }
    }

    public void Log(RunTag run, LocalJob job, int step, ReadOnlySpan<byte> line)
    {
        lock (writing)
        {
            var row = board![job];
            var its = row.Step(step);
            if (!its.Output.Shows(line, out var shown))
            {
                return;
            }

            if (!its.IsAnnounced && its.Report is { } report)
            {
                Put(row, "  " + lines.Begin(report));
            }

            its.IsAnnounced = true;
            its.Tail.Append(shown);
            PutOutput(row, its.IsBesideOthers ? Encoding.UTF8.GetBytes($"    {lines.Beside(its.Report!)} ") : "    "u8, shown);
        }
    }

    public void LogPaused() => terminal.Flush();

    public void Annotated(RunTag run, LocalJob job, Annotation annotation)
    {
        lock (writing)
        {
            var row = board![job];
            row.Annotations.Add(annotation);
            // The log has its message already, but not its place.
            if (annotation.File is not null)
            {
                Put(row, "      " + lines.Place(annotation));
            }
        }
    }

    public void Summarized(RunTag run, LocalJob job, int step, string markdown)
    {
        lock (writing)
        {
            board![job].Summaries.Add(markdown);
        }
    }

    /// <summary>Nothing is drawn that it could disturb.</summary>
    public void Interrupt(LocalJob job, Action act) => act();

    public void JobKept(RunTag run, LocalJob job, string step, string workspace)
    {
        lock (writing)
        {
            board![job].Kept = (step, workspace);
        }
    }

    public void JobCompleted(RunTag run, LocalJob job, JobOutcome outcome)
    {
        lock (writing)
        {
            var now = clock.GetUtcNow();
            var row = board![job];
            row.Outcome = outcome;
            row.CompletedAt = now;
            // A call has no output of its own: its turn is when all that it called have had theirs.
            if (row.StartedAt is null || job.Uses is not null)
            {
                turn.Add(row);
            }

            Put(row, lines.Job(row, now));
            while (turn is [{ Outcome: not null }, ..])
            {
                turn.RemoveAt(0);
                if (turn is [var next, ..] && waiting is not null && waiting.Remove(next, out var kept))
                {
                    foreach (var line in kept.ReadLines())
                    {
                        terminal.Line(line);
                    }

                    kept.Dispose();
                }
            }
        }
    }

    public void ArtifactsKept(RunTag run, IReadOnlyList<string> files)
    {
        lock (writing)
        {
            board!.Artifacts = files;
        }
    }

    public void RunCompleted(RunTag run, Conclusion conclusion, TimeSpan duration)
    {
        lock (writing)
        {
            foreach (var line in new FinalReport(terminal, lines).Lines(board!, conclusion, duration))
            {
                terminal.Line(line);
            }
        }
    }

    public void Dispose()
    {
        board?.Dispose();
        if (waiting is not null)
        {
            foreach (var kept in waiting.Values)
            {
                kept.Dispose();
            }
        }
    }

    /// <summary>Writes the line if it is the job's turn, else keeps it.</summary>
    private void Put(JobRow row, string line)
    {
        if (IsTurnOf(row))
        {
            terminal.Line(line);
        }
        else
        {
            Keep(row).Append(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>The same for a step's output, of which there may be much: it may wait for <see cref="LogPaused"/>.</summary>
    private void PutOutput(JobRow row, ReadOnlySpan<byte> indent, ReadOnlySpan<byte> line)
    {
        if (IsTurnOf(row))
        {
            terminal.GatherLine(indent, line);
        }
        else
        {
            Keep(row).Append([.. indent, .. line]);
        }
    }

    private bool IsTurnOf(JobRow row) => turn is [] || turn[0] == row;

    private StepLog Keep(JobRow row)
    {
        waiting ??= [];
        if (!waiting.TryGetValue(row, out var kept))
        {
            waiting[row] = kept = new StepLog();
        }

        return kept;
    }
}
