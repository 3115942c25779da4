using Capstan.Workflows.Schema;

namespace Capstan.Workflows.Pipelines;

/// <summary>
/// The dialect as a table, like <see cref="WorkflowSchema"/>: for every key what its value may be and what expressions may use there. A key that ends in <c>!</c> must be there.
/// Expressions are those of the key of GitHub's language that it becomes.
/// </summary>
internal static class PipelineSchema
{
    /// <summary>The words of <c>triggers</c> and the events of GitHub's that they are.</summary>
    public static readonly IReadOnlyList<(string Word, string Event)> Triggers = [("push", "push"), ("pr", "pull_request"), ("manual", "workflow_dispatch")];

    public static readonly IReadOnlyList<string> JobTypes = ["build", "test", "deploy"];

    public static Rule Root { get; } = Rules.Mapping(
        ("name", Rules.Text),
        ("description", Rules.Text),
        ("triggers", TriggersRule()),
        ("env", Rules.Map(Rules.Text, Availability.WorkflowEnv)),
        ("image", Rules.FilledWith(Availability.Job)),
        ("runs_on", Rules.OneOrMany(Rules.Filled, Availability.Job)),
        ("stages", Rules.Sequence(Rules.Filled)),
        ("jobs!", Rules.Map(JobRule())));

    /// <summary>A word, words, or a mapping from words to the filters of their events.</summary>
    private static Rule TriggersRule()
    {
        var word = Rules.OneOf([.. Triggers.Select(trigger => trigger.Word)]);
        return new Rule { Text = word.Text }.Define(
            word,
            new MappingForm([.. Triggers.Select(trigger => new SchemaKey(trigger.Word, EventSchema.Of(trigger.Event)))]));
    }

    private static Rule JobRule()
    {
        var steps = new MappingForm([.. JobKeys(), ("steps!", Rules.Sequence(StepRule()))]);
        var commands = new MappingForm([.. JobKeys(), ("commands!", CommandsRule())]);
        return new Rule().Define(null, commands, steps);
    }

    private static SchemaKey[] JobKeys() =>
    [
        ("stage", Rules.Filled),
        ("name", Rules.TextWith(Availability.Job)),
        ("type", Rules.OneOf([.. JobTypes])),
        ("image", Rules.FilledWith(Availability.Job)),
        ("runs_on", Rules.OneOrMany(Rules.Filled, Availability.Job)),
        ("needs", Rules.OneOrMany(Rules.Filled)),
        ("if", Rules.TextWith(Availability.JobIf)),
        ("env", Rules.Map(Rules.Text, Availability.JobEnv)),
        ("timeout", TimeoutRule()),
        ("allow_failure", Rules.BooleanWith(Availability.Job)),
        ("artifacts", Rules.OneOrMany(Rules.Filled, Availability.Step)),
        ("environment", WorkflowSchema.Environment()),
        ("target", Rules.FilledWith(Availability.Job)),
    ];

    private static Rule StepRule() => new Rule().Define(
        null,
        new MappingForm([.. StepKeys(), ("commands!", CommandsRule())]),
        new MappingForm([.. StepKeys(), ("uses!", Rules.Filled), ("with", Rules.Map(Rules.Text, Availability.Step))]));

    private static SchemaKey[] StepKeys() =>
    [
        ("name", Rules.TextWith(Availability.Step)),
        ("id", Rules.Filled),
        ("if", Rules.TextWith(Availability.StepIf)),
        ("env", Rules.Map(Rules.Text, Availability.Step)),
        ("timeout", TimeoutRule()),
        ("allow_failure", Rules.BooleanWith(Availability.Step)),
        ("parallel", Rules.Filled),
    ];

    /// <summary>One command, or several that share a shell.</summary>
    private static Rule CommandsRule() => Rules.OneOrMany(Rules.Filled, Availability.Step);

    /// <summary>Minutes, or a text such as 90s.</summary>
    private static Rule TimeoutRule() => new() { AllowsNumber = true, Text = TextForm.Filled };
}
