using Capstan.Workflows.Expressions;
using Capstan.Workflows.Schedules;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>A workflow file that holds no errors. Tokens are values that may contain expressions, evaluated when their time comes.</summary>
public sealed record WorkflowDefinition
{
    public required string File { get; init; }

    /// <summary>Of a called workflow; null for the one that an event runs.</summary>
    public WorkflowOrigin? Origin { get; init; }

    /// <summary>The <c>name</c> key, else the file's path.</summary>
    public required string Name { get; init; }

    public TemplateToken? RunName { get; init; }
    public required IReadOnlyList<TriggerDefinition> Triggers { get; init; }
    public TemplateToken? Env { get; init; }
    public TemplateToken? Defaults { get; init; }
    public TemplateToken? Permissions { get; init; }
    public TemplateToken? Concurrency { get; init; }

    /// <summary>In file order; keys are unique without regard to case.</summary>
    public required IReadOnlyList<JobDefinition> Jobs { get; init; }

    /// <summary>What a caller gives and gets; null when the workflow cannot be called.</summary>
    public TriggerDefinition? Call => TriggerDefinition.Find(Triggers, "workflow_call");
}

/// <summary>One event under <c>on</c>.</summary>
/// <param name="Event">GitHub's name, for example <c>push</c>.</param>
public sealed record TriggerDefinition(string Event, Place Place)
{
    /// <returns>Null when the event is not among them.</returns>
    public static TriggerDefinition? Find(IReadOnlyList<TriggerDefinition> triggers, string name)
    {
        foreach (var trigger in triggers)
        {
            if (trigger.Event == name)
                return trigger;
        }

        return null;
    }

    /// <summary>Activity types; null when not given (then the event's defaults count).</summary>
    public IReadOnlyList<string>? Types { get; init; }
    public IReadOnlyList<string>? Branches { get; init; }
    public IReadOnlyList<string>? BranchesIgnore { get; init; }
    public IReadOnlyList<string>? Tags { get; init; }
    public IReadOnlyList<string>? TagsIgnore { get; init; }
    public IReadOnlyList<string>? Paths { get; init; }
    public IReadOnlyList<string>? PathsIgnore { get; init; }

    /// <summary>Names of the workflows that a <c>workflow_run</c> follows.</summary>
    public IReadOnlyList<string>? Workflows { get; init; }

    /// <summary>Patterns for the name and version of an <c>image_version</c>.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <inheritdoc cref="Names"/>
    public IReadOnlyList<string>? Versions { get; init; }

    /// <summary>The entries of <c>schedule</c>, in file order.</summary>
    public IReadOnlyList<ScheduleDefinition> Schedules { get; init; } = [];

    /// <summary>What a called workflow gives back, by <c>workflow_call</c>.</summary>
    public IReadOnlyList<CallOutputDefinition> Outputs { get; init; } = [];

    /// <summary>The secrets that a called workflow names, by <c>workflow_call</c>.</summary>
    public IReadOnlyList<CallSecretDefinition> Secrets { get; init; } = [];

    /// <summary>Inputs of <c>workflow_dispatch</c> (and <c>workflow_call</c>).</summary>
    public IReadOnlyList<InputDefinition> Inputs { get; init; } = [];

    /// <summary>What stands under the event: filters as above, schedules, outputs and secrets of a called workflow; null when nothing does.</summary>
    public TemplateToken? Content { get; init; }
}

/// <param name="Type">string, boolean, number, choice or environment.</param>
public sealed record InputDefinition(string Name, string Type, Place Place)
{
    public string? Description { get; init; }
    public bool Required { get; init; }
    public TemplateToken? Default { get; init; }
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>What the input is when nobody gives it and it has no default.</summary>
    internal Value EmptyValue => Type switch
    {
        "boolean" => Value.False,
        "number" => Value.Of(0),
        _ => StringValue.Empty,
    };
}

/// <summary>One entry of <c>on.schedule</c>.</summary>
/// <param name="Cron">Its text is what <c>github.event.schedule</c> says.</param>
/// <param name="TimeZone">What the fields are read in; UTC unless the file names another.</param>
public sealed record ScheduleDefinition(Place Place, CronExpression Cron, TimeZoneInfo TimeZone)
{
    /// <inheritdoc cref="CronExpression.Next"/>
    public DateTimeOffset? Next(DateTimeOffset after) => Cron.Next(after, TimeZone);
}

/// <param name="Value">Evaluated in the called workflow, with the contexts <c>github</c>, <c>jobs</c>, <c>vars</c> and <c>inputs</c>.</param>
public sealed record CallOutputDefinition(string Name, Place Place, TemplateToken Value)
{
    public string? Description { get; init; }
}

public sealed record CallSecretDefinition(string Name, Place Place, bool Required)
{
    public string? Description { get; init; }
}

/// <summary>One entry of <c>jobs</c>, before its matrix is expanded.</summary>
public sealed record JobDefinition
{
    /// <summary>The key in the file.</summary>
    public required string Id { get; init; }

    public required Place Place { get; init; }
    public TemplateToken? Name { get; init; }

    /// <summary>Ids of jobs this one waits for, in file order.</summary>
    public required IReadOnlyList<string> Needs { get; init; }

    /// <summary>Where each of <see cref="Needs"/> stands.</summary>
    public IReadOnlyList<Place> NeedsPlaces { get; init; } = [];

    /// <summary>Always given: <c>success()</c> by default, and wrapped in it when no status function occurs.</summary>
    public required string If { get; init; }

    public Place IfPlace { get; init; }
    public StrategyDefinition? Strategy { get; init; }
    public TemplateToken? RunsOn { get; init; }
    public TemplateToken? Permissions { get; init; }
    public TemplateToken? Environment { get; init; }
    public TemplateToken? Concurrency { get; init; }
    public TemplateToken? Outputs { get; init; }
    public TemplateToken? Env { get; init; }
    public TemplateToken? Defaults { get; init; }
    public TemplateToken? ContinueOnError { get; init; }
    public TemplateToken? TimeoutMinutes { get; init; }
    public TemplateToken? CancelTimeoutMinutes { get; init; }
    public TemplateToken? Container { get; init; }
    public TemplateToken? Services { get; init; }
    public TemplateToken? Snapshot { get; init; }

    /// <summary>
    /// The stage of a pipeline that the job stands in, for people; null in GitHub's dialect. Nothing decides by it: stages became <see cref="Needs"/>.
    /// </summary>
    public string? Stage { get; init; }

    /// <summary>build, test or deploy, when a pipeline says it; null in GitHub's dialect.</summary>
    public string? Type { get; init; }

    /// <summary>What the job is as far as its file says, before its environment is evaluated.</summary>
    public string JobType => TypeOf(Environment is not null && (Environment as MappingToken)?.Find("deployment") is not BooleanToken { Value: false });

    /// <summary>The deployment target, which pipelines can name.</summary>
    public TemplateToken? Target { get; init; }

    /// <summary>Set for a job that calls a reusable workflow; it has no steps then.</summary>
    public string? Uses { get; init; }

    /// <summary>Where <see cref="Uses"/> stands.</summary>
    public Place UsesPlace { get; init; }

    /// <summary>The workflow that <see cref="Uses"/> names; null when the reader was given no way to load it.</summary>
    public WorkflowDefinition? Called { get; init; }

    public TemplateToken? With { get; init; }
    public TemplateToken? Secrets { get; init; }
    public IReadOnlyList<StepDefinition> Steps { get; init; } = [];

    /// <summary>build, test or deploy: as a pipeline says it, else deploy for a job that deploys to an environment, and build for every other.</summary>
    public string TypeOf(bool deploys) => Type ?? (deploys ? "deploy" : "build");

    /// <summary>All steps in file order, the members of <c>parallel</c> in the place of their group.</summary>
    public IEnumerable<StepDefinition> EachStep => Each(Steps);

    /// <inheritdoc cref="EachStep"/>
    public static IEnumerable<StepDefinition> Each(IEnumerable<StepDefinition> steps)
    {
        foreach (var step in steps)
        {
            foreach (var member in step.Members)
                yield return member;
        }
    }

    /// <summary>
    /// The keys this program cannot honour yet and which the job cannot do without, with their places: the job ends as failure before its first step.
    /// </summary>
    public IReadOnlyList<KeyAtPlace> NotYetExecuted { get; init; } = [];
}

/// <summary>A key of a workflow's file, and where it stands.</summary>
public sealed record KeyAtPlace(string Key, Place Place);

public sealed record StrategyDefinition
{
    /// <summary>The whole value, as written.</summary>
    public required TemplateToken Token { get; init; }

    /// <summary>A mapping, or an expression that gives one.</summary>
    public TemplateToken? Matrix { get; init; }

    public TemplateToken? FailFast { get; init; }
    public TemplateToken? MaxParallel { get; init; }

    /// <summary>From the value of <c>strategy</c>: of an expression that gives the whole mapping, its properties are taken.</summary>
    public static StrategyDefinition Of(TemplateToken token)
    {
        return new StrategyDefinition { Token = token, Matrix = Part("matrix"), FailFast = Part("fail-fast"), MaxParallel = Part("max-parallel") };

        TemplateToken? Part(string key) => token switch
        {
            MappingToken mapping => mapping.Find(key),
            ExpressionToken expression => new ExpressionToken(expression.Place, $"({expression.Expression}).{key}"),
            _ => null,
        };
    }
}

/// <summary>
/// One step, of a job or of a composite action: <see cref="Run"/> or <see cref="Uses"/> is set, or, in a job only, one of <see cref="Parallel"/>,
/// <see cref="Wait"/>,
/// <see cref="WaitAll"/> and <see cref="Cancel"/>.
/// </summary>
public sealed record StepDefinition
{
    /// <summary>Given or made up (<c>__run</c>, <c>__run_2</c>, <c>__actions_checkout</c>).</summary>
    public required string Id { get; init; }

    public required Place Place { get; init; }
    public TemplateToken? Name { get; init; }

    /// <summary>As <see cref="JobDefinition.If"/>.</summary>
    public required string If { get; init; }

    public Place IfPlace { get; init; }
    public TemplateToken? Run { get; init; }
    public string? Uses { get; init; }
    public TemplateToken? With { get; init; }
    public TemplateToken? Env { get; init; }
    public TemplateToken? Shell { get; init; }
    public TemplateToken? WorkingDirectory { get; init; }
    public TemplateToken? ContinueOnError { get; init; }
    public TemplateToken? TimeoutMinutes { get; init; }

    /// <summary>Where <see cref="Uses"/> stands.</summary>
    public Place UsesPlace { get; init; }

    /// <summary>Whether later steps start before this one has ended.</summary>
    public bool Background { get; init; }

    /// <summary>Steps that run at the same time.</summary>
    public IReadOnlyList<StepDefinition>? Parallel { get; init; }

    /// <summary>The steps that it stands for: those of its group, or itself.</summary>
    public IReadOnlyList<StepDefinition> Members => Parallel ?? [this];

    /// <summary>Ids of background steps to wait for.</summary>
    public IReadOnlyList<string>? Wait { get; init; }

    public bool WaitAll { get; init; }

    /// <summary>Id of the background step to cancel.</summary>
    public string? Cancel { get; init; }

    /// <summary>Whether the step does no work of its own, but waits for background steps or cancels one.</summary>
    public bool IsControl => WaitAll || Wait is not null || Cancel is not null;
}
