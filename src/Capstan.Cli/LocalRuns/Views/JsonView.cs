using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Workflows;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>One JSON object a line, as the interface for programs says. A write ends with a line, so a reader never sees half of one.</summary>
internal sealed class JsonView : IRunView
{
    private readonly Terminal terminal;
    private readonly TimeProvider clock;
    private readonly Lock writing = new();
    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly Utf8JsonWriter json;

    public JsonView(Terminal terminal, TimeProvider clock)
    {
        this.terminal = terminal;
        this.clock = clock;
        // The output is no HTML: what a person wrote stays readable.
        json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    public void WorkflowInvalid(string file, IReadOnlyList<Diagnostic> errors) => Write("workflow_invalid", run: null, job: null, () =>
    {
        json.WriteString("file", file);
        json.WriteStartArray("errors");
        foreach (var error in errors)
        {
            json.WriteStartObject();
            json.WriteNumber("line", error.Place.Line);
            json.WriteNumber("col", error.Place.Column);
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public void Warned(RunTag? run, LocalJob? job, Diagnostic warning) => Write("annotation", run, job, () =>
    {
        json.WriteNumber("step", 0);
        json.WriteString("level", "warning");
        json.WriteString("message", warning.Message);
        json.WriteString("file", warning.File);
        if (warning.Place.IsKnown)
        {
            json.WriteNumber("line", warning.Place.Line);
            json.WriteNumber("column", warning.Place.Column);
        }
    });

    public void NotTriggered(string workflow, string why) => Write("not_triggered", run: null, job: null, () =>
    {
        json.WriteString("workflow", workflow);
        json.WriteString("why", why);
    });

    public void RunStarted(RunTag run) => Write("run_started", run, job: null, () =>
    {
        json.WriteString("workflow", run.Workflow);
        json.WriteString("file", run.File);
        json.WriteString("event", run.Event);
    });

    public void JobQueued(RunTag run, LocalJob job) => Write("job_queued", run, job, () => WriteMatrix(job));

    public void JobStarted(RunTag run, LocalJob job) => Write("job_started", run, job, () =>
    {
        WriteMatrix(job);
        WriteIfGiven("uses", job.Uses);
    });

    /// <summary>A program that wants to know has the workflow.</summary>
    public void StepPlaced(RunTag run, LocalJob job, int number, StepPlace place)
    {
    }

    public void StepChanged(RunTag run, LocalJob job, StepReport step)
    {
        if (step.Status is not (Status.InProgress or Status.Completed))
        {
            return;
        }

        Write(step.Status == Status.Completed ? "step_completed" : "step_started", run, job, () =>
        {
            json.WriteNumber("step", step.Number);
            json.WriteString("name", step.Name);
            WriteIfGiven("conclusion", step.Conclusion?.Name());
            WriteIfGiven("outcome", step.Outcome?.Name());
            WriteIfGiven("group", step.ParallelGroup);
            if (step.Background) json.WriteBoolean("background", true);
            WriteIfGiven("why", step.Why);
        });
    }

    public void Log(RunTag run, LocalJob job, int step, ReadOnlySpan<byte> line)
    {
        lock (writing)
        {
            Begin("log", run, job);
            json.WriteNumber("step", step);
            // Not every program writes UTF-8: what is none becomes the replacement character.
            json.WriteString("text", Encoding.UTF8.GetString(line));
            EndLine();
            terminal.GatherLine([], buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }

    public void LogPaused() => terminal.Flush();

    public void Annotated(RunTag run, LocalJob job, Annotation annotation) => Write("annotation", run, job, () =>
    {
        json.WriteNumber("step", annotation.Step);
        json.WriteString("level", annotation.Level);
        json.WriteString("message", annotation.Message);
        WriteIfGiven("title", annotation.Title);
        WriteIfGiven("file", annotation.File);
        if (annotation.Line is { } line)
        {
            json.WriteNumber("line", line);
        }
    });

    public void Summarized(RunTag run, LocalJob job, int step, string markdown) => Write("summary", run, job, () =>
    {
        json.WriteNumber("step", step);
        json.WriteString("text", markdown);
    });

    /// <summary>Nothing is drawn that it could disturb.</summary>
    public void Interrupt(LocalJob job, Action act) => act();

    public void JobKept(RunTag run, LocalJob job, string step, string workspace) => Write("job_kept", run, job, () =>
    {
        json.WriteString("from_step", step);
        json.WriteString("workspace", workspace);
    });

    public void JobCompleted(RunTag run, LocalJob job, JobOutcome outcome) => Write("job_completed", run, job, () =>
    {
        // As with steps: the outcome before continue-on-error, the conclusion after it, which is what jobs that need this one see.
        var tolerated = job.MayFail && outcome.Conclusion == Conclusion.Failure;
        json.WriteString("conclusion", (tolerated ? Conclusion.Success : outcome.Conclusion).Name());
        json.WriteString("outcome", outcome.Conclusion.Name());
        json.WriteStartObject("outputs");
        foreach (var (name, value) in outcome.Outputs)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        WriteMatrix(job);
        WriteIfGiven("environment", job.Environment);
        WriteIfGiven("environment_url", outcome.EnvironmentUrl);
        WriteIfGiven("why", outcome.Reason);
    });

    public void ArtifactsKept(RunTag run, IReadOnlyList<string> files)
    {
        foreach (var file in files)
        {
            Write("artifact", run, job: null, () => json.WriteString("file", file));
        }
    }

    public void RunCompleted(RunTag run, Conclusion conclusion, TimeSpan duration) => Write("run_completed", run, job: null, () =>
    {
        json.WriteString("conclusion", conclusion.Name());
        json.WriteNumber("duration_ms", Math.Round(duration.TotalMilliseconds));
    });

    public void Dispose() => json.Dispose();

    private void Write(string type, RunTag? run, LocalJob? job, Action rest)
    {
        lock (writing)
        {
            Begin(type, run, job);
            rest();
            End();
        }
    }

    private void Begin(string type, RunTag? run, LocalJob? job)
    {
        json.WriteStartObject();
        json.WriteString("t", clock.GetUtcNow().UtcDateTime);
        json.WriteString("type", type);
        if (run is not null)
        {
            json.WriteNumber("run_id", run.Id);
        }

        if (job is not null)
        {
            json.WriteString("job", job.Name);
            json.WriteString("id", job.Key);
        }
    }

    private void End()
    {
        EndLine();
        buffer.Write("\n"u8);
        terminal.Bytes(buffer.WrittenSpan);
        buffer.ResetWrittenCount();
    }

    private void EndLine()
    {
        json.WriteEndObject();
        json.Flush();
        json.Reset(buffer);
    }

    private void WriteMatrix(LocalJob job)
    {
        if (job.Matrix is { } matrix)
        {
            json.WritePropertyName("matrix");
            ValueJson.Write(json, matrix);
        }
    }

    private void WriteIfGiven(string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
