using System.Text.Json;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Jobs;

/// <summary>Definitions as JSON; what is absent is left out. <see cref="JobContentReader"/> is its mirror.</summary>
internal static class JobContentWriter
{
    public static void WriteToken(Utf8JsonWriter writer, string name, TemplateToken? token)
    {
        if (token is null)
            return;
        writer.WritePropertyName(name);
        TokenJson.Write(writer, token);
    }

    public static void WriteJob(Utf8JsonWriter writer, JobDefinition job)
    {
        writer.WriteStartObject();
        writer.WriteString("id", job.Id);
        WritePlace(writer, "place", job.Place);
        WriteToken(writer, "name", job.Name);
        WriteTexts(writer, "needs", job.Needs);
        WritePlaces(writer, job.NeedsPlaces);
        writer.WriteString("if", job.If);
        WritePlace(writer, "if-place", job.IfPlace);
        WriteToken(writer, "strategy", job.Strategy?.Token);
        WriteToken(writer, "runs-on", job.RunsOn);
        WriteToken(writer, "permissions", job.Permissions);
        WriteToken(writer, "environment", job.Environment);
        WriteToken(writer, "concurrency", job.Concurrency);
        WriteToken(writer, "outputs", job.Outputs);
        WriteToken(writer, "env", job.Env);
        WriteToken(writer, "defaults", job.Defaults);
        WriteToken(writer, "continue-on-error", job.ContinueOnError);
        WriteToken(writer, "timeout-minutes", job.TimeoutMinutes);
        WriteToken(writer, "cancel-timeout-minutes", job.CancelTimeoutMinutes);
        WriteToken(writer, "container", job.Container);
        WriteToken(writer, "services", job.Services);
        WriteToken(writer, "snapshot", job.Snapshot);
        WriteText(writer, "uses", job.Uses);
        WritePlace(writer, "uses-place", job.UsesPlace);
        WriteToken(writer, "with", job.With);
        WriteToken(writer, "secrets", job.Secrets);
        WriteSteps(writer, "steps", job.Steps);
        WriteNotYetExecuted(writer, job);
        writer.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter writer, string name, IReadOnlyList<StepDefinition> steps)
    {
        writer.WriteStartArray(name);
        foreach (var step in steps)
            WriteStep(writer, step);
        writer.WriteEndArray();
    }

    private static void WriteStep(Utf8JsonWriter writer, StepDefinition step)
    {
        writer.WriteStartObject();
        writer.WriteString("id", step.Id);
        WritePlace(writer, "place", step.Place);
        WriteToken(writer, "name", step.Name);
        writer.WriteString("if", step.If);
        WritePlace(writer, "if-place", step.IfPlace);
        WriteToken(writer, "run", step.Run);
        WriteText(writer, "uses", step.Uses);
        WritePlace(writer, "uses-place", step.UsesPlace);
        WriteToken(writer, "with", step.With);
        WriteToken(writer, "env", step.Env);
        WriteToken(writer, "shell", step.Shell);
        WriteToken(writer, "working-directory", step.WorkingDirectory);
        WriteToken(writer, "continue-on-error", step.ContinueOnError);
        WriteToken(writer, "timeout-minutes", step.TimeoutMinutes);
        WriteFlag(writer, "background", step.Background);
        WriteFlag(writer, "wait-all", step.WaitAll);
        WriteText(writer, "cancel", step.Cancel);
        if (step.Wait is not null)
            WriteTexts(writer, "wait", step.Wait);
        if (step.Parallel is not null)
            WriteSteps(writer, "parallel", step.Parallel);
        writer.WriteEndObject();
    }

    private static void WriteNotYetExecuted(Utf8JsonWriter writer, JobDefinition job)
    {
        writer.WriteStartArray("not-yet-executed");
        foreach (var (key, place) in job.NotYetExecuted)
        {
            writer.WriteStartObject();
            writer.WriteString("key", key);
            WritePlace(writer, "place", place);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePlaces(Utf8JsonWriter writer, IReadOnlyList<Place> places)
    {
        writer.WriteStartArray("needs-places");
        foreach (var place in places)
            WritePlaceValue(writer, place);
        writer.WriteEndArray();
    }

    private static void WritePlace(Utf8JsonWriter writer, string name, Place place)
    {
        if (!place.IsKnown)
            return;
        writer.WritePropertyName(name);
        WritePlaceValue(writer, place);
    }

    private static void WritePlaceValue(Utf8JsonWriter writer, Place place)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(place.Line);
        writer.WriteNumberValue(place.Column);
        writer.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
            writer.WriteString(name, text);
    }

    private static void WriteFlag(Utf8JsonWriter writer, string name, bool flag)
    {
        if (flag)
            writer.WriteBoolean(name, true);
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
