using Capstan.Cli.Terminals;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary>A run with its jobs, for a person to read.</summary>
internal static class RunReport
{
    public static void Write(RunResponse run, string url, Terminal terminal)
    {
        var state = StateText.Of(run.Status, run.Conclusion);
        terminal.Line($"{state.Painted(terminal)}  {terminal.Paint(Tone.Strong, Printable.Of(run.Title))}");
        terminal.Line(terminal.Paint(Tone.Quiet, $"{Printable.Of(run.Workflow)} #{run.RunNumber} · {run.Event} by {run.Actor} · {Printable.Of(run.Ref)} at {run.HeadSha[..Math.Min(7, run.HeadSha.Length)]} {StateText.Duration(run.StartedAt, run.CompletedAt)}"));
        if (run.Reason is { Length: > 0 } reason)
        {
            terminal.Line(Printable.Of(reason));
        }

        foreach (var diagnostic in run.Diagnostics ?? [])
        {
            terminal.Line($"{terminal.Paint(diagnostic.Severity == "error" ? Tone.Bad : Tone.Warning, diagnostic.Severity)} {diagnostic.File}:{diagnostic.Line}:{diagnostic.Col}: {Printable.Of(diagnostic.Message)}");
        }

        foreach (var job in run.Jobs ?? [])
        {
            WriteJob(job, terminal);
        }

        terminal.Line(terminal.Paint(Tone.Quiet, url));
    }

    private static void WriteJob(JobResponse job, Terminal terminal)
    {
        var state = StateText.Of(job.Status, job.Conclusion);
        var why = job.Reason is { Length: > 0 } reason ? $": {Printable.Of(reason)}" : job.Uses is { } uses ? $", calls {Printable.Of(uses)}" : "";
        terminal.Line($"  {terminal.Paint(state.Tone, state.Sign)} {Printable.Of(job.Name)} {terminal.Paint(Tone.Quiet, $"{state.Words}{why} {StateText.Duration(job.StartedAt, job.CompletedAt)} (job {job.Id})")}");
        foreach (var step in job.Steps ?? [])
        {
            var one = StateText.Of(step.Status, step.Conclusion);
            var note = step.Why is { Length: > 0 } text ? $" {Printable.Of(text)}" : "";
            terminal.Line($"      {terminal.Paint(one.Tone, one.Sign)} {Printable.Of(step.Name)}{terminal.Paint(Tone.Quiet, note)}");
        }

        foreach (var annotation in job.Annotations ?? [])
        {
            var place = annotation.File is { } file ? $"{file}{(annotation.Line is { } line ? $":{line}" : "")}: " : "";
            terminal.Line($"      {terminal.Paint(annotation.Level == "failure" ? Tone.Bad : Tone.Warning, annotation.Level)} {Printable.Of(place + annotation.Message)}");
        }
    }
}
