using Capstan.Contracts;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Steps;

/// <summary>What the <c>steps</c> context says about one step. Written by the step's thread.</summary>
internal sealed class StepRecord
{
    /// <summary>All outputs of a step together, in UTF-16 units. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs</summary>
    public const int MaxOutputLength = 1024 * 1024;

    private readonly Dictionary<string, string> outputs = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Before <c>continue-on-error</c>; null until the step has ended.</summary>
    public Conclusion? Outcome { get; set; }

    public Conclusion? Conclusion { get; set; }

    public IReadOnlyDictionary<string, string> Outputs => outputs;

    public void SetOutput(string name, string value) => outputs[name] = value;

    public ObjectValue ToValue() => new(
    [
        new("outputs", ObjectValue.OfTexts(outputs)),
        new("outcome", Outcome is { } outcome ? Value.Of(outcome.Name()) : Value.Null),
        new("conclusion", Conclusion is { } conclusion ? Value.Of(conclusion.Name()) : Value.Null),
    ]);
}
