using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Capstan.Orchestration.Forecasts;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;

namespace Capstan.Cli.Plans;

/// <summary>What the lines of a plan say.</summary>
internal sealed class PlanWords(Terminal terminal)
{
    /// <summary>Combinations of one job that are listed; of more the rest is counted.</summary>
    private const int MaxLegs = 12;

    private const string Token = "GITHUB_TOKEN";

    public string Workflow(PlannedWorkflow workflow)
    {
        var file = workflow.File;
        if (file.Workflow is null)
        {
            return $"{terminal.Paint(Tone.Bad, "✗")} {terminal.Paint(Tone.Strong, Printable.Of(file.File))} is invalid";
        }

        var name = terminal.Paint(Tone.Strong, Printable.Of(file.Workflow.Name)) + (file.Workflow.Name == file.File ? "" : Quiet($" ({Printable.Of(file.File)})"));
        var why = Printable.Of(workflow.Decision!.Why);
        return workflow.Decision.Fires ? $"{terminal.Paint(Tone.Good, "✓")} {name} fires: {why}" : $"{terminal.Paint(Tone.Quiet, "-")} {name} does not fire: {why}";
    }

    public IEnumerable<string> Details(PlannedWorkflow workflow)
    {
        foreach (var error in workflow.File.Diagnostics.Where(found => workflow.File.Workflow is null && found.Severity == Severity.Error))
        {
            yield return $"{terminal.Paint(Tone.Bad, "error")} {(error.Place.IsKnown ? $"{error.Place}: " : "")}{Printable.Of(error.Message)}";
        }

        foreach (var refusal in workflow.Refusals)
        {
            yield return $"{terminal.Paint(Tone.Bad, "cannot start")}: {Printable.Of(refusal)}";
        }

        if (workflow is { Decision.Fires: true, Forecast: null, Refusals.Count: 0 })
        {
            yield return Quiet("has none of the jobs that were asked for");
        }

        if (workflow.Forecast?.Concurrency is { } concurrency)
        {
            yield return Concurrency(concurrency);
        }

        if (SharedRights(workflow) is { } rights)
        {
            yield return Rights(rights);
        }
    }

    /// <summary>What the token of every job may do; null when they differ, or when nothing is said.</summary>
    public static PermissionSet? SharedRights(PlannedWorkflow workflow) =>
        workflow.Jobs.Select(job => job.Forecast.Permissions).DistinctBy(rights => rights is null ? null : Levels(rights)).ToList() is [var shared] ? shared : null;

    public string Job(PlannedJob job)
    {
        var forecast = job.Forecast;
        var name = terminal.Paint(Tone.Strong, Printable.Of(forecast.Name)) + (forecast.Name == forecast.Key ? "" : Quiet($" ({forecast.Key})"));
        if (forecast.Condition.Holds == false)
        {
            return $"{name}  {terminal.Paint(Tone.Warning, "skipped")}: {Printable.Of(forecast.Condition.Foreseen.Why)}";
        }

        var where = job.Legs is [var only] ? "  " + Place(only) : $"  {job.Legs.Count} jobs{(job.Forecast.MaxParallel < job.Legs.Count ? $", at most {forecast.MaxParallel} at once" : "")}{(forecast.FailFast ? "" : ", without fail-fast")}";
        return $"{name}{(forecast.Uses is { } uses ? $"  calls {Printable.Of(uses)}" : where)}{(forecast.Needs.Count > 1 ? Quiet($"  after {string.Join(", ", forecast.Needs)}") : "")}";
    }

    /// <param name="sayRights">Whether they differ from job to job.</param>
    public IEnumerable<string> Details(PlannedJob job, bool sayRights)
    {
        var forecast = job.Forecast;
        if (forecast.Condition.Holds == false)
        {
            yield break;
        }

        if (Condition(forecast.Condition) is { } condition)
        {
            yield return condition;
        }

        if (forecast.Refusal is { } refusal)
        {
            yield return $"{terminal.Paint(Tone.Bad, "fails")}: {Printable.Of(refusal)}";
        }

        if (forecast.MatrixDependsOn.Count > 0)
        {
            yield return $"matrix {KnownLater(forecast.MatrixDependsOn)}";
        }

        foreach (var line in Legs(job).Concat(Shared(job)))
        {
            yield return line;
        }

        if (Secrets(forecast.Secrets) is { } secrets)
        {
            yield return secrets;
        }

        if (sayRights && forecast.Permissions is { } rights)
        {
            yield return Rights(rights);
        }

        foreach (var step in forecast.Steps)
        {
            yield return Step(step);
        }
    }

    private IEnumerable<string> Legs(PlannedJob job)
    {
        if (job.Legs.Count < 2)
        {
            yield break;
        }

        foreach (var leg in job.Legs.Take(MaxLegs))
        {
            var skipped = leg.Forecast.SkippedSteps.Count == 0 ? "" : Quiet($"  without step {string.Join(", ", leg.Forecast.SkippedSteps)}");
            yield return $"· {Printable.Of(leg.Forecast.Name)}  {Place(leg)}{skipped}".TrimEnd();
        }

        if (job.Legs.Count > MaxLegs)
        {
            yield return Quiet($"… and {job.Legs.Count - MaxLegs} more");
        }
    }

    /// <summary>Environments and concurrency groups, each once however many legs have it.</summary>
    private IEnumerable<string> Shared(PlannedJob job)
    {
        foreach (var environment in job.Legs.Select(leg => leg.Forecast.Environment).OfType<EnvironmentForecast>().DistinctBy(e => e.Name.Text, StringComparer.OrdinalIgnoreCase))
        {
            var url = environment.Url is { Text.Length: > 0 } address ? $" at {Printable.Of(address.Text)}" : "";
            yield return $"environment {Text(environment.Name)}{url}{(environment.IsDeployment ? "" : ", without a deployment")}";
        }

        foreach (var concurrency in job.Legs.Select(leg => leg.Forecast.Concurrency).OfType<ConcurrencyForecast>().DistinctBy(c => c.Group.Text, StringComparer.OrdinalIgnoreCase))
        {
            yield return Concurrency(concurrency);
        }
    }

    private string Step(StepForecast step)
    {
        var number = Quiet($"{step.Number}");
        var group = step.Group is { } together ? Quiet($" [parallel {together}]") : step.IsBackground ? Quiet($" [background {step.Id}]") : "";
        var name = Printable.Of(step.Name.Text) + Control(step);
        if (step.Condition.Holds == false)
        {
            return $"{number}{group} {name}  {terminal.Paint(Tone.Warning, "skipped")}: {Printable.Of(step.Condition.Foreseen.Why)}";
        }

        var condition = Condition(step.Condition) is { } words ? $"  {words}" : "";
        return $"{number}{group} {name}{condition}{(Secrets(step.Secrets) is { } secrets ? $"  {secrets}" : "")}";
    }

    /// <summary>What a step does to background steps, by their ids.</summary>
    private string Control(StepForecast step) => step switch
    {
        { WaitsForAll: true } => Quiet("  waits for all in the background"),
        { WaitsFor: { } waited } => Quiet($"  waits for {string.Join(", ", waited)}"),
        { Cancels: { } cancelled } => Quiet($"  cancels {cancelled}"),
        _ => "",
    };

    private string Place(PlannedLeg leg) => leg switch
    {
        { Forecast.LabelsDependOn: { Count: > 0 } open } => $"runs-on {KnownLater(open)}",
        { Place: Platform.None none } => terminal.Paint(Tone.Warning, none.Why),
        { Place: Platform.Docker docker } => Quiet($"on {string.Join(", ", leg.Forecast.Labels)}, in a container of {docker.Image}"),
        _ => leg.Forecast.Labels.Count == 0 ? "" : Quiet($"on {Printable.Of(string.Join(", ", leg.Forecast.Labels))}"),
    };

    /// <summary>Nothing about a job or step without a condition: that it waits for success goes without saying.</summary>
    private string? Condition(ConditionForecast condition) => condition switch
    {
        { IsDefault: true } => null,
        { Holds: true } => Quiet($"if {Printable.Of(condition.Foreseen.Why)}"),
        _ when Open(condition) is { Count: > 0 } open => $"if {Printable.Of(condition.Written)}: {KnownLater(open)}",
        _ => Quiet($"if {Printable.Of(condition.Written)}, which holds"),
    };

    /// <summary>That it waits for success goes without saying where the author did not say it.</summary>
    private static List<string> Open(ConditionForecast condition) =>
        [.. condition.Foreseen.DependsOn.Where(open => open != Workflows.Expressions.Condition.Default || condition.Written == condition.Expression)];

    private static string Rights(PermissionSet rights) => $"token {(rights.Levels.Count == 0 ? "without any right" : Levels(rights))}";

    private static string Levels(PermissionSet rights) => string.Join(", ", rights.Levels.Select(scope => $"{scope.Key}: {scope.Value}"));

    private string Concurrency(ConcurrencyForecast concurrency)
    {
        var others = concurrency switch
        {
            { CancelsInProgress: true } => ", cancels what is in progress",
            { CancelsInProgress: null } => ", whether it cancels what is in progress is known later",
            { Queue: "max" } => ", all wait for their turn",
            _ => ", only the newest waits",
        };
        return $"concurrency {Text(concurrency.Group)}{Quiet(others)}";
    }

    private string? Secrets(VisibleSecrets secrets)
    {
        var names = secrets.Names.Where(name => name != Token).ToList();
        return secrets.IsEverything ? terminal.Paint(Tone.Warning, "sees every secret")
            : names.Count > 0 ? $"sees {(names.Count == 1 ? "secret" : "secrets")} {terminal.Paint(Tone.Active, string.Join(", ", names.Select(Printable.Of)))}"
            : null;
    }

    private string Text(TextForecast text) => text switch
    {
        { Error: { } error } => $"{Printable.Of(text.Text)} ({terminal.Paint(Tone.Bad, "cannot be evaluated")}: {Printable.Of(error)})",
        { IsKnown: false } => $"{Printable.Of(text.Text)}, {KnownLater(text.DependsOn)}",
        _ => Printable.Of(text.Text),
    };

    private string KnownLater(IReadOnlyList<string> open) => $"{terminal.Paint(Tone.Active, "known later")}, it depends on {Printable.Of(string.Join(", ", open))}";

    private string Quiet(string words) => terminal.Paint(Tone.Quiet, words);
}
