using System.Globalization;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>
/// The end of a run, for people: :: 1 what steps wrote for people and which artifacts and addresses they left, :: 2 how the run ended, :: 3 of each job that failed which step, where it
/// stands, why, and its last lines, :: 4 what did not run and why, :: 5 how to go on. What comes after the summaries fits the window, but for what has no end: many failed jobs.
/// </summary>
internal sealed class FinalReport(Terminal terminal, ReportLines lines)
{
    /// <summary>Of one job's summary; JSON has all.</summary>
    private const int MostSummaryLines = 100;

    /// <summary>Annotations of a failed step, and jobs that did not run.</summary>
    private const int MostOfAKind = 5;

    private const int FewestTailLines = 3;
    private const int MostRowsOfALine = 3;
    private const int NarrowestText = 16;

    /// <summary>The prompt's, below the report.</summary>
    private const int RowsLeftFree = 2;

    public IReadOnlyList<string> Lines(RunBoard board, Conclusion conclusion, TimeSpan duration)
    {
        var failures = new List<JobRow>();
        foreach (var row in board.Jobs)
        {
            if (row.HasFailed && !row.IsToldByOthers)
            {
                failures.Add(row);
            }
        }

        var verdict = Verdict(board, conclusion, duration);
        List<string> rest = [.. NotRun(board), .. GoOn(board, failures)];
        var told = failures.Count == 0 ? [] : Failures(failures, 1 + rest.Count);
        return [.. Summaries(board), .. Artifacts(board), .. Environments(board), verdict, .. told, .. rest];
    }

    private List<string> Failures(List<JobRow> failures, int otherLines)
    {
        var tails = failures.Sum(row => row.FailedSteps.Count());
        // Above each tail a line may say how much is missing.
        var taken = otherLines + RowsLeftFree + tails + failures.Sum(row => Failure(row, tailLines: 0).Count());
        var room = terminal.IsInteractive ? (terminal.Height - taken) / Math.Max(1, tails) : LineTail.MostLines;
        var tail = Math.Clamp(room, FewestTailLines, LineTail.MostLines);
        return [.. failures.SelectMany(row => Failure(row, tail))];
    }

    private IEnumerable<string> Summaries(RunBoard board)
    {
        foreach (var row in board.Jobs)
        {
            if (row.Summaries.Count == 0)
            {
                continue;
            }

            yield return $"{terminal.Paint(Tone.Quiet, "summary of")} {Name(row)}";
            var summary = string.Join('\n', row.Summaries).TrimEnd().Split('\n');
            foreach (var line in summary.Take(MostSummaryLines))
            {
                yield return $"  {Printable.Of(line.TrimEnd('\r').Replace("\t", "    ", StringComparison.Ordinal))}";
            }

            if (summary.Length > MostSummaryLines)
            {
                yield return terminal.Paint(Tone.Quiet, $"  {summary.Length - MostSummaryLines} more lines");
            }
        }
    }

    private IEnumerable<string> Artifacts(RunBoard board)
    {
        foreach (var file in board.Artifacts)
        {
            yield return $"{terminal.Paint(Tone.Quiet, "artifact")} {Printable.Of(file)}";
        }
    }

    private IEnumerable<string> Environments(RunBoard board)
    {
        foreach (var row in board.Jobs)
        {
            if (row.Outcome?.EnvironmentUrl is { } url)
            {
                yield return $"{terminal.Paint(Tone.Quiet, "environment")} {Printable.Of(row.Job.Environment ?? "")} {terminal.Paint(Tone.Quiet, "at")} {Printable.Of(url)}";
            }
        }
    }

    private string Verdict(RunBoard board, Conclusion conclusion, TimeSpan duration)
    {
        var (sign, tone) = ReportLines.Sign(Status.Completed, conclusion);
        var counts = string.Join(", ", Counts(board.Jobs));
        var written = 0;
        foreach (var row in board.Jobs)
        {
            written += row.Summaries.Count > 0 ? 1 : 0;
        }

        var above = written == 0 ? "" : written == 1 ? ", 1 summary above" : $", {written} summaries above";
        return terminal.Paint(tone, sign + " " + board.Run.Workflow + " " + ReportLines.Words(conclusion)) + " in " + ReportLines.Duration(duration) + terminal.Paint(Tone.Quiet, "  " + counts + above);
    }

    private IEnumerable<string> Failure(JobRow row, int tailLines)
    {
        var steps = row.FailedSteps.ToList();
        foreach (var step in steps)
        {
            foreach (var line in Failure(row, step, tailLines))
            {
                yield return line;
            }
        }

        // What failed is then no step: a file that is refused, a time limit of the whole job.
        if (steps.Count == 0 || row.Outcome!.Conclusion == Conclusion.TimedOut)
        {
            yield return $"  {terminal.Paint(Tone.Bad, ReportLines.CountWords(row.Outcome!.Conclusion))} {Name(row)}: {Fitting(row.Outcome.Reason ?? "It says nothing more.", 12 + row.Job.Name.Length)}";
        }
    }

    private IEnumerable<string> Failure(JobRow row, StepRow step, int tailLines)
    {
        var place = step.Place is { } at ? terminal.Paint(Tone.Quiet, $"  {at.File}:{at.Line}") : "";
        yield return $"  {terminal.Paint(Tone.Bad, "failed")} {Name(row)} › {terminal.Paint(Tone.Strong, Printable.Of(step.Report!.Name))}{place}";
        var annotations = row.Annotations.Where(a => a.Step == step.Number).ToList();
        var reason = annotations.LastOrDefault(a => a is { Level: "failure", File: null });
        if (reason is not null)
        {
            yield return $"    {Fitting(Printable.Of(reason.Message), indent: 4)}";
        }

        foreach (var line in Tail(step.Tail, tailLines, reason?.Message, row.Kept?.Workspace + "/"))
        {
            yield return line;
        }

        var told = annotations.Where(a => a != reason && (a.File is not null || a.Level == "failure")).ToList();
        foreach (var annotation in told.Take(MostOfAKind))
        {
            yield return $"    {lines.Annotation(annotation with { Message = Fitting(Printable.Of(annotation.Message), indent: 16 + (annotation.File?.Length ?? 0)) })}";
        }

        if (told.Count > MostOfAKind)
        {
            yield return terminal.Paint(Tone.Quiet, $"    {told.Count - MostOfAKind} more annotations above");
        }
    }

    /// <param name="most">Rows, the one that says that there is more not counted.</param>
    /// <param name="reason">Has been said, and need not be once more as the last line.</param>
    /// <param name="workspace">Compilers name files by their whole path, which would leave no room for what is wrong with them.</param>
    private IEnumerable<string> Tail(LineTail tail, int most, string? reason, string workspace)
    {
        var kept = tail.Last(LineTail.MostLines)
            .Select(line => LiveRegion.Visible(line).Replace(workspace, "", StringComparison.Ordinal))
            .Where(line => line != $"error {reason}")
            // Build tools repeat in the end what they said before.
            .Distinct(StringComparer.Ordinal)
            .Select(line => Wrapped(line, Math.Min(MostRowsOfALine, most)))
            .Reverse().ToList();
        var rows = 0;
        var shown = kept.TakeWhile(line => (rows += line.Count) <= most).Reverse().ToList();
        if (most > 0 && (shown.Count < kept.Count || tail.Count > LineTail.MostLines))
        {
            yield return terminal.Paint(Tone.Quiet, "    │ … more above");
        }

        foreach (var row in shown.SelectMany(line => line))
        {
            yield return $"    {terminal.Paint(Tone.Quiet, "│")} {row}";
        }
    }

    /// <summary>The line on as many rows as it needs, at most so many.</summary>
    private List<string> Wrapped(string line, int most)
    {
        var room = Room(indent: 6);
        var rows = new List<string>();
        while (rows.Count < most - 1 && line.Length > room)
        {
            // At a space where there is one not too far back.
            var at = line.LastIndexOf(' ', room, room / 3);
            var end = at < 0 ? room : at;
            rows.Add(line[..end]);
            line = "  " + line[end..].TrimStart();
        }

        return [.. rows, Fitting(line, indent: 6)];
    }

    private IEnumerable<string> NotRun(RunBoard board)
    {
        var others = 0;
        foreach (var row in board.Jobs)
        {
            if (row.Outcome is null or { Conclusion: Conclusion.Success } || row.HasFailed || row.IsToldByOthers || ++others > MostOfAKind)
            {
                continue;
            }

            var word = ReportLines.CountWords(row.Outcome!.Conclusion);
            yield return $"  {word} {Name(row)}{(row.Outcome.Reason is { } why ? ": " + Fitting(why, word.Length + row.Job.Name.Length + 5) : "")}";
        }

        if (others > MostOfAKind)
        {
            yield return terminal.Paint(Tone.Quiet, $"  {others - MostOfAKind} more did not run");
        }

        // A step that comes after a failure needs no words; one with a condition of its own does.
        var steps = 0;
        foreach (var row in board.Jobs)
        {
            if (!row.HasFailed)
            {
                continue;
            }

            foreach (var line in NotRun(row))
            {
                if (++steps <= MostOfAKind)
                {
                    yield return line;
                }
            }
        }
    }

    private IEnumerable<string> NotRun(JobRow row) => row.Steps.Where(Unexplained).Select(step =>
        $"  skipped {Name(row)} › {Printable.Of(step.Report!.Name)}: {Fitting(step.Report.Why!, 14 + row.Job.Name.Length + step.Report.Name.Length)}");

    private static bool Unexplained(StepRow step) =>
        step.Report is { Outcome: Conclusion.Skipped, Why: not (null or Condition.Unsuccessful or Condition.JobCancelled) } && step.Place is not null;

    private IEnumerable<string> GoOn(RunBoard board, List<JobRow> failures)
    {
        if (failures is not [var row, ..])
        {
            yield break;
        }

        var job = $"{board.Run.Command.Value} {RunCommandLine.OfJob(row.Job.Path, JobSelection.Combination(row.Job))}";
        yield return terminal.Paint(Tone.Strong, failures.Count == 1 ? "To go on:" : $"To go on with {Printable.Of(row.Job.Name)}:");
        if (row.Kept is not { } kept)
        {
            yield return "  " + job;
            yield break;
        }

        yield return $"  {job} --from-step {RunCommandLine.Quoted(kept.Step)}";
        yield return terminal.Paint(Tone.Quiet, "  " + Fitting("and with --shell-on-failure in a shell where it fails; the workspace is kept in", indent: 2));
        yield return $"  {kept.Workspace}";
    }

    /// <summary>How many jobs ended in which way, those first that have not.</summary>
    private static List<string> Counts(IReadOnlyList<JobRow> jobs)
    {
        var counts = new List<string>();
        if (Count(jobs, conclusion: null) is > 0 and var open)
        {
            counts.Add($"{open} not ended");
        }

        foreach (var conclusion in StatusNames.Conclusions)
        {
            if (Count(jobs, conclusion) is > 0 and var count)
            {
                counts.Add(count.ToString(CultureInfo.InvariantCulture) + " " + ReportLines.CountWords(conclusion));
            }
        }

        return counts;
    }

    private static int Count(IReadOnlyList<JobRow> jobs, Conclusion? conclusion)
    {
        var count = 0;
        foreach (var job in jobs)
        {
            count += !job.IsToldByOthers && job.Outcome?.Conclusion == conclusion ? 1 : 0;
        }

        return count;
    }

    private string Name(JobRow row) => terminal.Paint(Tone.Strong, Printable.Of(row.Job.Name));

    /// <summary>The text cut to what is left of the window's width: a line that wraps would push another one out of it.</summary>
    private string Fitting(string text, int indent)
    {
        var room = Room(indent);
        return text.Length <= room ? text : string.Concat(text.AsSpan(0, room - 1), "…");
    }

    /// <summary>What is left of the window's width; a pipe has none.</summary>
    private int Room(int indent) => terminal.IsInteractive ? Math.Max(NarrowestText, terminal.Width - 1 - indent) : int.MaxValue;
}
