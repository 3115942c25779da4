using System.Text.Json;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Cli.Language;

/// <summary>What <c>workflow show</c> says about one file, as JSON. The names are a contract with scripts.</summary>
internal static class WorkflowSummary
{
    /// <summary>The properties of an open object.</summary>
    public static void Write(Utf8JsonWriter writer, WorkflowReadResult result, bool template)
    {
        writer.WriteBoolean("valid", result.Definition is not null);
        WriteDiagnostics(writer, "errors", result.Diagnostics, Severity.Error);
        WriteDiagnostics(writer, "warnings", result.Diagnostics, Severity.Warning);
        if (result.Definition is not { } workflow)
            return;

        writer.WriteStartObject("summary");
        writer.WriteString("name", workflow.Name);
        writer.WriteStartArray("events");
        foreach (var name in workflow.Triggers.Select(trigger => trigger.Event).Order(StringComparer.Ordinal))
            writer.WriteStringValue(name);
        writer.WriteEndArray();
        writer.WriteStartArray("jobs");
        foreach (var job in workflow.Jobs)
            WriteJob(writer, job);
        writer.WriteEndArray();
        writer.WriteEndObject();
        if (!template)
            return;
        writer.WritePropertyName("template");
        WorkflowTemplate.Write(writer, workflow, new WorkflowTemplateOptions());
    }

    /// <summary>What is said of a line that holds no workflow: an error without a place.</summary>
    public static void Refuse(string why, Utf8JsonWriter writer)
    {
        writer.WriteBoolean("valid", false);
        WriteDiagnostics(writer, "errors", [new Diagnostic("", default, Severity.Error, "input", why)], Severity.Error);
        WriteDiagnostics(writer, "warnings", [], Severity.Warning);
    }

    private static void WriteJob(Utf8JsonWriter writer, JobDefinition job)
    {
        writer.WriteStartObject();
        writer.WriteString("id", job.Id);
        writer.WriteString("type", job.Uses is null ? "job" : "reusableWorkflowJob");
        writer.WriteStartArray("needs");
        foreach (var need in job.Needs)
            writer.WriteStringValue(need);
        writer.WriteEndArray();
        writer.WriteNumber("steps", job.Steps.Count);
        if (job.Uses is not null)
            writer.WriteString("uses", job.Uses);
        if (job.RunsOn is StringToken label)
            writer.WriteString("runsOn", label.Value);
        writer.WriteBoolean("strategy", job.Strategy is not null);
        writer.WriteBoolean("container", job.Container is not null);
        writer.WriteBoolean("services", job.Services is not null);
        writer.WriteEndObject();
    }

    private static void WriteDiagnostics(Utf8JsonWriter writer, string name, IReadOnlyList<Diagnostic> diagnostics, Severity severity)
    {
        writer.WriteStartArray(name);
        foreach (var diagnostic in diagnostics.Where(diagnostic => diagnostic.Severity == severity))
        {
            writer.WriteStartObject();
            WriteNumber(writer, "line", diagnostic.Place.Line);
            WriteNumber(writer, "col", diagnostic.Place.Column);
            writer.WriteString("message", diagnostic.Message);
            writer.WriteString("code", diagnostic.Code);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>What concerns the file as a whole has no place.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, string name, int number)
    {
        if (number > 0)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }
}
