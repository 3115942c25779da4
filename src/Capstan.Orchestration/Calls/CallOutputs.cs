using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Calls;

/// <summary>What a called workflow gives back: the outputs under its <c>workflow_call</c>, whatever the results of its jobs.</summary>
/// <param name="Problem">Why they cannot be evaluated; there are none then.</param>
internal sealed record CallOutputs(IReadOnlyDictionary<string, string> Values, string? Problem = null)
{
    /// <param name="contexts">Of the called workflow, with <c>jobs</c>.</param>
    public static CallOutputs Evaluate(WorkflowDefinition called, IReadOnlyDictionary<string, Value> contexts)
    {
        var evaluation = new EvaluationContext { Contexts = contexts };
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var output in called.Call?.Outputs ?? [])
        {
            var result = TemplateEvaluator.EvaluateString(output.Value, evaluation, called.File);
            if (!result.IsValid)
            {
                return new CallOutputs(NodeState.NoOutputs, $"The output '{output.Name}' of the called workflow cannot be evaluated: {result.Diagnostics[0]}");
            }

            values[output.Name] = result.Value;
        }

        return new CallOutputs(values);
    }
}
