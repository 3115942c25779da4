using System.Globalization;
using System.Text;
using Capstan.Contracts;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>A step with <c>uses</c>.</summary>
internal static class ActionStep
{
    /// <summary>Source: https://docs.github.com/en/actions/reference/limits (composite actions in composite actions).</summary>
    public const int MaxDepth = 9;

    /// <exception cref="StepFailure">The action does not exist, or is used wrongly.</exception>
    public static Conclusion Run(StepFrame frame)
    {
        var uses = frame.Step.Uses!;
        var inputs = frame.Reader.Map(frame.Step.With);
        if (!frame.Scope.IsComposite) WriteHeader(frame, uses, inputs);
        switch (ActionLookup.Find(uses, frame.Job.Settings))
        {
            case ActionFound.Checkout:
                return CheckoutStep.Run(frame, inputs);
            case ActionFound.Composite composite when frame.Scope.Depth < MaxDepth:
                return CompositeAction.Run(frame, composite, inputs);
            case ActionFound.Composite:
                throw new StepFailure(string.Create(CultureInfo.InvariantCulture, $"Composite action depth exceeded max depth {MaxDepth}"));
            case ActionFound.NotExecuted not:
                throw new StepFailure(not.Message);
            case ActionFound.Missing missing:
                throw new StepFailure(missing.Message);
            default:
                throw new InvalidOperationException($"Nothing was found out about '{uses}'.");
        }
    }

    private static void WriteHeader(StepFrame frame, string uses, IReadOnlyList<KeyValuePair<string, string>> inputs)
    {
        var text = new StringBuilder("##[group]Run ").Append(uses);
        if (inputs.Count > 0) text.Append("\nwith:");
        foreach (var (name, value) in inputs) text.Append("\n  ").Append(name).Append(": ").Append(value);
        ScriptStep.AppendEnv(text, frame.Contexts.MergedEnv());
        frame.Log.Write(text.Append("\n##[endgroup]").ToString());
    }
}
