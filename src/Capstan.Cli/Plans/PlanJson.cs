using System.Text.Json;
using Capstan.Cli.LocalRuns;
using Capstan.Orchestration.Forecasts;
using Capstan.Workflows;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.Plans;

/// <summary>A plan for programs. docs/cli.md describes the form; names may be added, never changed.</summary>
internal static class PlanJson
{
    /// <summary>The properties of an open object.</summary>
    public static void Write(Utf8JsonWriter json, LocalPlan plan)
    {
        json.WriteString("event", plan.Happened.Name);
        json.WriteString("action", plan.Happened.Action);
        json.WriteString("ref", plan.Happened.Ref);
        json.WriteString("sha", plan.Happened.Sha);
        json.WriteStartArray("workflows");
        foreach (var workflow in plan.Workflows)
        {
            Write(json, workflow);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, PlannedWorkflow workflow)
    {
        json.WriteStartObject();
        json.WriteString("file", workflow.File.File);
        json.WriteString("name", workflow.File.Workflow?.Name);
        json.WriteBoolean("valid", workflow.File.Workflow is not null);
        WriteErrors(json, workflow.File.Diagnostics);
        json.WriteBoolean("fires", workflow.Decision?.Fires ?? false);
        json.WriteString("why", workflow.Decision?.Why);
        json.WritePropertyName("filters");
        FilterTraceJson.Write(json, workflow.Decision?.Filters ?? []);
        json.WriteString("fails", workflow.Refusals.Count == 0 ? null : string.Join(' ', workflow.Refusals));
        WriteConcurrency(json, workflow.Forecast?.Concurrency);
        json.WriteStartArray("jobs");
        foreach (var job in workflow.Jobs)
        {
            WriteJob(json, job);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter json, IReadOnlyList<Diagnostic> diagnostics)
    {
        json.WriteStartArray("errors");
        foreach (var error in diagnostics.Where(found => found.Severity == Severity.Error))
        {
            json.WriteStartObject();
            json.WriteNumber("line", error.Place.Line);
            json.WriteNumber("col", error.Place.Column);
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteJob(Utf8JsonWriter json, PlannedJob planned)
    {
        var job = planned.Forecast;
        json.WriteStartObject();
        json.WriteString("id", job.Key);
        json.WriteString("name", job.Name);
        WriteTexts(json, "needs", job.Needs);
        WriteCondition(json, job.Condition);
        json.WriteString("fails", job.Refusal);
        WriteTexts(json, "matrix_depends_on", job.MatrixDependsOn);
        json.WriteNumber("max_parallel", job.MaxParallel);
        json.WriteBoolean("fail_fast", job.FailFast);
        json.WriteStartArray("legs");
        foreach (var leg in planned.Legs)
        {
            WriteLeg(json, leg);
        }

        json.WriteEndArray();
        json.WriteString("uses", job.Uses);
        json.WriteStartArray("called");
        foreach (var called in planned.Called)
        {
            WriteJob(json, called);
        }

        json.WriteEndArray();
        WriteSecrets(json, job.Secrets);
        WritePermissions(json, job);
        json.WriteStartArray("steps");
        foreach (var step in job.Steps)
        {
            WriteStep(json, step);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteLeg(Utf8JsonWriter json, PlannedLeg planned)
    {
        var leg = planned.Forecast;
        json.WriteStartObject();
        json.WriteString("name", leg.Name);
        json.WritePropertyName("matrix");
        ValueJson.Write(json, (Value?)leg.Matrix ?? Value.Null);
        WriteTexts(json, "runs_on", leg.Labels);
        WriteTexts(json, "runs_on_depends_on", leg.LabelsDependOn);
        json.WriteString("place", planned.Place switch
        {
            Platform.Host => "host",
            Platform.Docker docker => "docker:" + docker.Image,
            _ => null,
        });
        json.WriteString("no_place_why", (planned.Place as Platform.None)?.Why);
        WriteBoolean(json, "continue_on_error", leg.MayFail);
        WriteEnvironment(json, leg.Environment);
        WriteConcurrency(json, leg.Concurrency);
        json.WriteStartArray("skipped_steps");
        foreach (var number in leg.SkippedSteps)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter json, StepForecast step)
    {
        json.WriteStartObject();
        json.WriteNumber("number", step.Number);
        json.WriteString("id", step.Id);
        WriteText(json, "name", step.Name);
        json.WriteString("uses", step.Uses);
        if (step.Group is { } group)
        {
            json.WriteNumber("group", group);
        }

        if (step.IsBackground)
        {
            json.WriteBoolean("background", true);
        }

        WriteControl(json, step);

        WriteCondition(json, step.Condition);
        WriteSecrets(json, step.Secrets);
        json.WriteEndObject();
    }

    /// <summary>What a step does to background steps; nothing of one that does work of its own.</summary>
    private static void WriteControl(Utf8JsonWriter json, StepForecast step)
    {
        if (step.WaitsForAll)
        {
            json.WriteBoolean("waits_for_all", true);
        }

        if (step.WaitsFor is { } waited)
        {
            json.WriteStartArray("waits_for");
            foreach (var id in waited)
            {
                json.WriteStringValue(id);
            }

            json.WriteEndArray();
        }

        if (step.Cancels is { } cancelled)
        {
            json.WriteString("cancels", cancelled);
        }
    }

    /// <summary><c>runs</c>: true, false, or null when that is known later.</summary>
    private static void WriteCondition(Utf8JsonWriter json, ConditionForecast condition)
    {
        WriteBoolean(json, "runs", condition.Holds);
        json.WriteStartObject("condition");
        json.WriteString("expression", condition.Expression);
        json.WriteString("why", condition.Foreseen.Why.Length > 0 ? condition.Foreseen.Why : null);
        WriteTexts(json, "depends_on", condition.Foreseen.DependsOn);
        json.WriteEndObject();
    }

    private static void WriteEnvironment(Utf8JsonWriter json, EnvironmentForecast? environment)
    {
        if (environment is null)
        {
            json.WriteNull("environment");
            return;
        }

        json.WriteStartObject("environment");
        WriteText(json, "name", environment.Name);
        if (environment.Url is { } url)
        {
            WriteText(json, "url", url);
        }

        json.WriteBoolean("deployment", environment.IsDeployment);
        json.WriteEndObject();
    }

    private static void WriteConcurrency(Utf8JsonWriter json, ConcurrencyForecast? concurrency)
    {
        if (concurrency is null)
        {
            json.WriteNull("concurrency");
            return;
        }

        json.WriteStartObject("concurrency");
        WriteText(json, "group", concurrency.Group);
        WriteBoolean(json, "cancel_in_progress", concurrency.CancelsInProgress);
        json.WriteString("queue", concurrency.Queue);
        json.WriteEndObject();
    }

    private static void WriteSecrets(Utf8JsonWriter json, VisibleSecrets secrets)
    {
        WriteTexts(json, "secrets", secrets.Names);
        json.WriteBoolean("all_secrets", secrets.IsEverything);
    }

    private static void WritePermissions(Utf8JsonWriter json, JobForecast job)
    {
        if (job.Permissions is null)
        {
            json.WriteNull("permissions");
            return;
        }

        json.WriteStartObject("permissions");
        foreach (var (scope, level) in job.Permissions.Levels)
        {
            json.WriteString(scope, level);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, TextForecast text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text.Text);
        json.WriteBoolean("known", text.IsKnown);
        WriteTexts(json, "depends_on", text.DependsOn);
        if (text.Error is not null)
        {
            json.WriteString("error", text.Error);
        }

        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteBoolean(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } known)
        {
            json.WriteBoolean(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
