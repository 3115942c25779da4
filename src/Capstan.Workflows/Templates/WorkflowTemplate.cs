using System.Text.Json;
using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Templates;

/// <summary>
/// A workflow in the form that GitHub's parsers hand to the service: literals stand as themselves, all else is a token object. <see cref="TokenJson"/> is the form of the job message, in which
/// every token keeps its place.
/// Source: https://github.com/actions/languageservices/blob/main/workflow-parser/src/model/workflow-template.ts
/// </summary>
public sealed class WorkflowTemplate
{
    private readonly Utf8JsonWriter writer;
    private readonly WorkflowTemplateOptions options;
    private readonly List<string> files = [];

    /// <summary>The number of the file whose tokens are being written.</summary>
    private int file;

    private WorkflowTemplate(Utf8JsonWriter writer, WorkflowTemplateOptions options)
    {
        this.writer = writer;
        this.options = options;
    }

    public static void Write(Utf8JsonWriter writer, WorkflowDefinition workflow, WorkflowTemplateOptions options) =>
        new WorkflowTemplate(writer, options).WriteWorkflow(workflow);

    private void WriteWorkflow(WorkflowDefinition workflow)
    {
        file = NumberOf(workflow.File);
        writer.WriteStartObject();
        WriteInputTypes(workflow);
        if (options.IncludeEvents)
            EventTemplate.Write(writer, workflow.Triggers);
        WritePermissions(PermissionSet.Of(workflow.Permissions));
        WriteToken("env", workflow.Env);
        WriteToken("defaults", workflow.Defaults);
        WriteToken("concurrency", workflow.Concurrency);
        WriteJobs(workflow, null);
        if (options.IncludeSource)
        {
            writer.WriteStartArray("file-table");
            foreach (var name in files.Order(StringComparer.Ordinal))
                writer.WriteStringValue(name);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private void WriteJobs(WorkflowDefinition workflow, PermissionSet? inherited)
    {
        var outer = file;
        file = NumberOf(workflow.File);
        var ofWorkflow = PermissionSet.Of(workflow.Permissions) ?? inherited;
        writer.WriteStartArray("jobs");
        foreach (var job in workflow.Jobs)
            WriteJob(job, ofWorkflow);
        writer.WriteEndArray();
        file = outer;
    }

    private void WriteJob(JobDefinition job, PermissionSet? ofWorkflow)
    {
        var permissions = PermissionSet.Of(job.Permissions) ?? ofWorkflow;
        writer.WriteStartObject();
        writer.WriteString("type", job.Uses is null ? "job" : "reusableWorkflowJob");
        WriteToken("id", new StringToken(job.Place, job.Id));
        WriteToken("name", job.Name ?? new StringToken(job.Place, job.Id));
        WriteNeeds(job);
        WriteCondition(job.If);
        WriteToken("strategy", job.Strategy?.Token);
        WriteToken("concurrency", job.Concurrency);
        if (job.Uses is null)
            WriteStepsJob(job, permissions);
        else
            WriteCall(job, permissions);
        writer.WriteEndObject();
    }

    private void WriteStepsJob(JobDefinition job, PermissionSet? permissions)
    {
        WritePermissions(permissions);
        WriteToken("environment", job.Environment);
        WriteToken("outputs", job.Outputs);
        WriteToken("env", job.Env);
        WriteToken("defaults", job.Defaults);
        WriteToken("continue-on-error", job.ContinueOnError);
        WriteToken("timeout-minutes", job.TimeoutMinutes);
        WriteToken("cancel-timeout-minutes", job.CancelTimeoutMinutes);
        WriteToken("runs-on", job.RunsOn);
        WriteToken("container", job.Container);
        WriteToken("services", job.Services);
        WriteToken("snapshot", job.Snapshot);
        WriteSteps("steps", job.Steps);
    }

    private void WriteCall(JobDefinition job, PermissionSet? permissions)
    {
        var called = job.Called;
        WritePermissions(PermissionSet.Of(called?.Permissions) ?? permissions);
        WriteToken("ref", new StringToken(job.UsesPlace, job.Uses!));
        WriteToken("input-values", job.With);
        if (job.Secrets is StringToken)
            writer.WriteBoolean("inherit-secrets", true);
        else
            WriteToken("secret-values", job.Secrets);
        if (called is null)
            return;

        var call = called.Call?.Content as MappingToken;
        WriteFilled("input-definitions", call?.Find("inputs"));
        WriteFilled("secret-definitions", call?.Find("secrets"));
        WriteFilled("outputs", call?.Find("outputs"));
        WriteToken("embedded-concurrency", called.Concurrency);
        WriteToken("env", called.Env);
        WriteToken("defaults", called.Defaults);
        WriteJobs(called, permissions);
    }

    private void WriteSteps(string name, IReadOnlyList<StepDefinition> steps)
    {
        writer.WriteStartArray(name);
        foreach (var step in steps)
            WriteStep(step);
        writer.WriteEndArray();
    }

    private void WriteStep(StepDefinition step)
    {
        writer.WriteStartObject();
        writer.WriteString("id", step.Id);
        WriteToken("name", step.Name);
        if (step.Wait is null && !step.WaitAll && step.Cancel is null)
            WriteCondition(step.If);
        WriteToken("continue-on-error", step.ContinueOnError);
        WriteToken("timeout-minutes", step.TimeoutMinutes);
        WriteToken("env", step.Env);
        WriteToken("working-directory", step.WorkingDirectory);
        WriteToken("shell", step.Shell);
        WriteToken("run", step.Run);
        WriteToken("uses", step.Uses is null ? null : new StringToken(step.UsesPlace, step.Uses));
        WriteToken("with", step.With);
        if (step.Background)
            writer.WriteBoolean("background", true);
        if (step.Parallel is not null)
            WriteSteps("parallel", step.Parallel);
        if (step.Wait is not null)
            WriteTexts("wait", step.Wait);
        if (step.WaitAll)
            writer.WriteBoolean("wait-all", true);
        if (step.Cancel is not null)
            writer.WriteString("cancel", step.Cancel);
        writer.WriteEndObject();
    }

    private void WriteNeeds(JobDefinition job)
    {
        if (job.Needs.Count == 0)
            return;
        writer.WriteStartArray("needs");
        for (var need = 0; need < job.Needs.Count; need++)
            WriteToken(new StringToken(job.NeedsPlaces[need], job.Needs[need]));
        writer.WriteEndArray();
    }

    private void WriteInputTypes(WorkflowDefinition workflow)
    {
        var inputs = TriggerDefinition.Find(workflow.Triggers, "workflow_dispatch")?.Inputs ?? [];
        if (inputs.Count == 0)
            return;
        writer.WriteStartObject("input-types");
        foreach (var input in inputs)
            writer.WriteString(input.Name, input.Type);
        writer.WriteEndObject();
    }

    private void WritePermissions(PermissionSet? permissions)
    {
        if (permissions is null)
            return;
        writer.WriteStartObject("permissions");
        foreach (var (scope, level) in permissions.Levels)
            writer.WriteString(scope, level);
        writer.WriteEndObject();
    }

    private void WriteCondition(string condition)
    {
        writer.WriteStartObject("if");
        writer.WriteNumber("type", TokenJson.TypeOf(new ExpressionToken(default, condition)));
        writer.WriteString("expr", condition);
        writer.WriteEndObject();
    }

    private void WriteTexts(string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }

    private void WriteFilled(string name, TemplateToken? token)
    {
        if (token is MappingToken { Entries.Count: > 0 })
            WriteToken(name, token);
    }

    private void WriteToken(string name, TemplateToken? token)
    {
        if (token is null)
            return;
        writer.WritePropertyName(name);
        WriteToken(token);
    }

    private void WriteToken(TemplateToken token)
    {
        if (!options.IncludeSource && WriteBare(token))
            return;

        writer.WriteStartObject();
        writer.WriteNumber("type", TokenJson.TypeOf(token));
        if (options.IncludeSource)
        {
            writer.WriteNumber("file", file);
            writer.WriteNumber("line", token.Place.Line);
            writer.WriteNumber("col", token.Place.Column);
        }

        WriteContent(token);
        writer.WriteEndObject();
    }

    /// <summary>A literal as itself; false for any other token.</summary>
    private bool WriteBare(TemplateToken token)
    {
        switch (token)
        {
            case StringToken text:
                writer.WriteStringValue(text.Value);
                return true;
            case BooleanToken boolean:
                writer.WriteBooleanValue(boolean.Value);
                return true;
            case NumberToken number when double.IsFinite(number.Value):
                writer.WriteNumberValue(number.Value == 0 ? 0 : number.Value);
                return true;
            case NumberToken number:
                writer.WriteStringValue(Expressions.ValueText.Of(number.Value));
                return true;
            case NullToken:
                writer.WriteNullValue();
                return true;
            default:
                return false;
        }
    }

    private void WriteContent(TemplateToken token)
    {
        switch (token)
        {
            case SequenceToken sequence:
                writer.WriteStartArray("seq");
                foreach (var item in sequence.Items)
                    WriteToken(item);
                writer.WriteEndArray();
                break;
            case MappingToken mapping:
                writer.WriteStartArray("map");
                foreach (var entry in mapping.Entries)
                    WriteEntry(entry);
                writer.WriteEndArray();
                break;
            case ExpressionToken expression:
                writer.WriteString("expr", expression.Expression);
                break;
            case InsertToken:
                writer.WriteString("directive", "insert");
                break;
            case NullToken:
                break;
            default:
                writer.WritePropertyName(token switch { StringToken => "lit", BooleanToken => "bool", _ => "num" });
                WriteBare(token);
                break;
        }
    }

    private void WriteEntry(KeyValuePair<TemplateToken, TemplateToken> entry)
    {
        writer.WriteStartObject();
        WriteToken("Key", entry.Key);
        WriteToken("Value", entry.Value);
        writer.WriteEndObject();
    }

    private int NumberOf(string name)
    {
        var index = files.IndexOf(name);
        if (index < 0)
        {
            index = files.Count;
            files.Add(name);
        }

        return index + 1;
    }
}
