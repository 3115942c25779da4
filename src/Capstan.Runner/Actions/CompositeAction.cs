using Capstan.Contracts;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Actions;

/// <summary>
/// Runs the steps of a composite action in the step that uses it: they have ids, inputs and a success of their own, and share environment, PATH, log and time.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
/// </summary>
internal static class CompositeAction
{
    public static Conclusion Run(StepFrame frame, ActionFound.Composite action, IReadOnlyList<KeyValuePair<string, string>> given)
    {
        var reference = ActionReference.Parse(frame.Step.Uses!) as ActionReference.Remote;
        var scope = new StepScope
        {
            File = action.Definition.File,
            Depth = frame.Scope.Depth + 1,
            Inputs = Inputs(frame, action, given, out var missing),
            ActionPath = action.Folder,
            ActionRepository = reference?.Name ?? "",
            ActionRef = reference?.Ref ?? "",
            Env = Merged(frame),
            BeganCancelled = frame.Job.Cancellation.Cancelled,
        };
        foreach (var name in missing) frame.Warn($"Unexpected input(s) '{name}', valid inputs are [{string.Join(", ", action.Definition.Inputs.Select(i => $"'{i.Name}'"))}]");

        var cancelled = false;
        foreach (var step in action.Definition.Steps)
        {
            if (frame.Stop.Reason is StopReason.TimedOut or StopReason.Killed) break;
            var inner = new StepFrame(frame.Job, scope, step, frame.Action + "_" + step.Id, frame.Number, frame.Log, frame.Stop);
            cancelled |= StepExecutor.Run(inner, started: null).Conclusion == Conclusion.Cancelled;
        }

        SetOutputs(frame, scope, action.Definition);
        if (cancelled || frame.Stop.Reason == StopReason.Killed) return Conclusion.Cancelled;
        return scope.Failed || frame.Stop.Reason == StopReason.TimedOut ? Conclusion.Failure : Conclusion.Success;
    }

    /// <summary>The inputs the action declares: as given, else by default. Undeclared ones are left out with a warning.</summary>
    private static ObjectValue Inputs(StepFrame frame, ActionFound.Composite action, IReadOnlyList<KeyValuePair<string, string>> given, out List<string> undeclared)
    {
        var declared = action.Definition.Inputs;
        undeclared = [];
        foreach (var (name, _) in given)
        {
            if (!declared.Any(input => Same(input.Name, name))) undeclared.Add(name);
        }

        var defaults = new TokenReader(action.Definition.File, frame.Contexts);
        var values = new List<KeyValuePair<string, Value>>();
        foreach (var input in declared)
        {
            var value = given.FirstOrDefault(g => Same(g.Key, input.Name)).Value;
            if (value is not null && input.DeprecationMessage is { } message) frame.Warn($"Input '{input.Name}' has been deprecated with message: {message}");
            values.Add(new(input.Name, Value.Of(value ?? defaults.Text(input.Default))));
        }

        return new ObjectValue(values);
    }

    private static void SetOutputs(StepFrame frame, StepScope scope, ActionDefinition definition)
    {
        var contexts = new StepContexts(frame.Job, scope, frame.Action, new Dictionary<string, string>(StringComparer.Ordinal));
        var reader = new TokenReader(definition.File, contexts);
        foreach (var output in definition.Outputs) frame.Record.SetOutput(output.Name, reader.Text(output.Value));
    }

    private static Dictionary<string, string> Merged(StepFrame frame)
    {
        var env = new Dictionary<string, string>(frame.Scope.Env, StringComparer.Ordinal);
        foreach (var (name, value) in frame.Contexts.Env) env[name] = value;
        return env;
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
