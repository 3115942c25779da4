using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Tests;

/// <summary>Definitions as the reader of workflow files would give them, in one line a job.</summary>
internal static class Workflow
{
    public static WorkflowDefinition Of(params JobDefinition[] jobs) =>
        new() { File = ".github/workflows/ci.yml", Name = "ci", Triggers = [new TriggerDefinition("push", default)], Jobs = jobs };

    public static JobDefinition Job(
        string id,
        string[]? needs = null,
        string condition = "success()",
        TemplateToken? matrix = null,
        TemplateToken? maxParallel = null,
        TemplateToken? failFast = null,
        TemplateToken? mayFail = null,
        TemplateToken? runsOn = null,
        TemplateToken? name = null,
        TemplateToken? environment = null,
        KeyAtPlace[]? notYetExecuted = null) => new()
        {
            Id = id,
            Place = new Place(1, 1),
            Needs = needs ?? [],
            If = condition,
            RunsOn = runsOn ?? Text("ubuntu-latest"),
            Name = name,
            Environment = environment,
            ContinueOnError = mayFail,
            Strategy = matrix is null && maxParallel is null && failFast is null
                ? null
                : new StrategyDefinition { Token = new MappingToken(default, []), Matrix = matrix, MaxParallel = maxParallel, FailFast = failFast },
            NotYetExecuted = notYetExecuted ?? [],
        };

    /// <summary>A job that calls a workflow with these jobs.</summary>
    public static JobDefinition Call(JobDefinition caller, WorkflowDefinition called) =>
        caller with { RunsOn = null, Uses = "./.github/workflows/called.yml", UsesPlace = new Place(2, 5), Called = called };

    public static JobDefinition Call(JobDefinition caller, params JobDefinition[] called) => Call(caller, Called([], [], called));

    /// <summary>A workflow that can be called, with inputs that are texts.</summary>
    public static WorkflowDefinition Called(string[] inputs, (string Name, string Expression)[] outputs, params JobDefinition[] jobs) => Of(jobs) with
    {
        File = "./.github/workflows/called.yml",
        Triggers =
        [
            new TriggerDefinition("workflow_call", default)
            {
                Inputs = [.. inputs.Select(name => new InputDefinition(name, "string", default) { Default = Text("by default") })],
                Outputs = [.. outputs.Select(output => new CallOutputDefinition(output.Name, default, Expression(output.Expression)))],
            },
        ],
    };

    public static MappingToken Mapping(params (string Key, TemplateToken Value)[] entries) =>
        new(default, [.. entries.Select(entry => KeyValuePair.Create<TemplateToken, TemplateToken>(Text(entry.Key), entry.Value))]);

    /// <summary>A matrix with one vector <c>n</c> of the numbers below <paramref name="legs"/>.</summary>
    public static TemplateToken Matrix(int legs) => new MappingToken(new Place(3, 7),
    [
        new(Text("n"), new SequenceToken(default, [.. Enumerable.Range(0, legs).Select(n => Number(n))])),
    ]);

    public static StringToken Text(string text) => new(default, text);

    public static NumberToken Number(double number) => new(default, number);

    public static BooleanToken Boolean(bool value) => new(default, value);

    /// <summary>Stands in line 7, column 9.</summary>
    public static ExpressionToken Expression(string text) => new(new Place(7, 9), text);
}
