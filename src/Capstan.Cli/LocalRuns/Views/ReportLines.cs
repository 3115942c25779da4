using System.Globalization;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Workflows;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>The lines of the views for people, so that a terminal and a file say the same things in the same words.</summary>
/// <remarks>What every run says is put together with <c>+</c>: an interpolation of more than four parts loads .NET's pool of buffers.</remarks>
internal sealed class ReportLines(Terminal terminal)
{
    private const int LongestBeside = 32;

    public string Header(RunTag run) =>
        terminal.Paint(Tone.Strong, run.Workflow) + terminal.Paint(Tone.Quiet, "  " + (run.Workflow == run.File ? "" : run.File + "  ") + run.Event + "  " + run.Commit);

    public string NotTriggered(string workflow, string why) => terminal.Paint(Tone.Quiet, $"- {workflow} is not triggered: {why}");

    public string Problem(Diagnostic diagnostic)
    {
        var tone = diagnostic.Severity == Severity.Error ? Tone.Bad : Tone.Warning;
        var word = diagnostic.Severity == Severity.Error ? "error" : "warning";
        var place = diagnostic.Place.IsKnown ? $"{diagnostic.File}:{diagnostic.Place}" : diagnostic.File;
        return $"{terminal.Paint(tone, word)} {place}: {diagnostic.Message}";
    }

    public string Job(JobRow row, DateTimeOffset now)
    {
        var (sign, tone) = Sign(row.Outcome is null ? Status.InProgress : Status.Completed, row.Outcome?.Conclusion);
        var words = row.Outcome switch
        {
            null or { Conclusion: Conclusion.Success or Conclusion.Failure, Reason: null } => "",
            { Reason: { } reason } => $"{Words(row.Outcome.Conclusion)}: {reason}",
            _ => Words(row.Outcome.Conclusion),
        };
        var time = row.StartedAt is { } started ? Duration((row.CompletedAt ?? now) - started) : "";
        words = row.IsCall && words.Length == 0 ? $"{(row.Outcome is null ? "calls" : "called")} {row.Job.Uses}" : words;
        words += row.Job.MayFail && row.Outcome?.Conclusion == Conclusion.Failure ? $"{(words.Length > 0 ? ", " : "")}which continue-on-error allows" : "";
        return terminal.Paint(tone, sign) + " " + terminal.Paint(Tone.Strong, Printable.Of(row.Job.Name)) + Quiet(time) + Quiet(words);
    }

    public string Begin(LocalJob job) => $"{terminal.Paint(Tone.Active, "●")} {terminal.Paint(Tone.Strong, Printable.Of(job.Name))}";

    public string Begin(StepReport step) => $"{terminal.Paint(Tone.Active, "●")} {Printable.Of(step.Name)}";

    /// <summary>What stands before each line of a step that runs while others do.</summary>
    public string Beside(StepReport step)
    {
        var name = Printable.Of(step.Name);
        return terminal.Paint(Tone.Quiet, $"[{(name.Length > LongestBeside ? name[..(LongestBeside - 1)] + "…" : name)}]");
    }

    public string Step(StepRow row, DateTimeOffset now)
    {
        var report = row.Report!;
        var (sign, tone) = Sign(report.Status, report.Outcome ?? report.Conclusion);
        var time = report.StartedAt is { } started && report.Outcome is not Conclusion.Skipped ? Duration((report.CompletedAt ?? now) - started) : "";
        var tolerated = row.Failed && report.Conclusion == Conclusion.Success ? "failed, which continue-on-error allows" : "";
        return terminal.Paint(tone, sign) + " " + Printable.Of(report.Name) + Quiet(time) + Quiet(tolerated) + Quiet(Why(report));
    }

    /// <summary>Why a step did not run, in a person's words where there are some; empty when nothing is to be said.</summary>
    public static string Why(StepReport report) => report.Why == Condition.Unsuccessful ? "a step before it failed" : report.Why ?? "";

    public string Folded(long lines) => terminal.Paint(Tone.Quiet, lines == 1 ? "1 line" : $"{lines} lines");

    public string Annotation(Annotation annotation)
    {
        var (word, tone) = annotation.Level switch
        {
            "failure" or "error" => ("error", Tone.Bad),
            "warning" => ("warning", Tone.Warning),
            _ => ("notice", Tone.Active),
        };
        var place = annotation.File is null ? "" : " " + FileAndLine(annotation);
        var title = annotation.Title is null ? "" : $" {annotation.Title}:";
        return $"{terminal.Paint(tone, word)}{place}{title} {annotation.Message}";
    }

    /// <summary>What an annotation adds to the line of the log that has its message already.</summary>
    public string Place(Annotation annotation) =>
        terminal.Paint(Tone.Quiet, $"at {FileAndLine(annotation)}{(annotation.Title is null ? "" : $" ({annotation.Title})")}");

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => Tenths((int)Math.Round(Math.Max(0, time.TotalMilliseconds) / 100, MidpointRounding.AwayFromZero)),
        { TotalMinutes: < 1 } => $"{time.TotalSeconds:0}s",
        { TotalHours: < 1 } => $"{time.Minutes}m {time.Seconds:00}s",
        _ => $"{(int)time.TotalHours}h {time.Minutes:00}m",
    };

    /// <summary>By hand: every run ends with such a time, and to load what .NET formats broken numbers with takes longer than all the rest of a line.</summary>
    private static string Tenths(int tenths) => (tenths / 10).ToString(CultureInfo.InvariantCulture) + "." + (char)('0' + (tenths % 10)) + "s";

    public static (string Sign, Tone Tone) Sign(Status status, Conclusion? conclusion) => (status, conclusion) switch
    {
        (Status.Completed, Conclusion.Success or Conclusion.Neutral) => ("✓", Tone.Good),
        (Status.Completed, Conclusion.Skipped) => ("-", Tone.Quiet),
        (Status.Completed, Conclusion.Cancelled) => ("⊘", Tone.Warning),
        (Status.Completed, _) => ("✗", Tone.Bad),
        (Status.InProgress, _) => ("●", Tone.Active),
        _ => ("·", Tone.Quiet),
    };

    public static string Words(Conclusion conclusion) => conclusion switch
    {
        Conclusion.Success => "succeeded",
        Conclusion.Failure => "failed",
        Conclusion.TimedOut => "timed out",
        Conclusion.Cancelled => "was cancelled",
        Conclusion.Skipped => "was skipped",
        _ => conclusion.Name().Replace('_', ' '),
    };

    public static string CountWords(Conclusion conclusion) => conclusion switch
    {
        Conclusion.Cancelled => "cancelled",
        Conclusion.Skipped => "skipped",
        _ => Words(conclusion),
    };

    private static string FileAndLine(Annotation annotation) => $"{annotation.File}{(annotation.Line is { } line ? $":{line}" : "")}";

    private string Quiet(string text) => text.Length == 0 ? "" : terminal.Paint(Tone.Quiet, "  " + text);
}
