using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Commands;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>
/// Runs the steps of a composite action in the step that uses it: they have ids, inputs and a success of their own, and share environment, PATH, log and time. What of
/// them has something to do before the job's first step or after its last does it in one such step of the composite action.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
/// </summary>
internal static class CompositeAction
{
    /// <summary>Source: https://docs.github.com/en/actions/reference/limits (composite actions in composite actions).</summary>
    public const int MaxDepth = 9;

    public static string TooDeep => string.Create(CultureInfo.InvariantCulture, $"Composite action depth exceeded max depth {MaxDepth}");

    /// <exception cref="StepFailure">It is nested too deep, or its inputs or outputs cannot be evaluated.</exception>
    public static Conclusion Run(StepFrame frame, ActionFound.Composite action)
    {
        if (frame.Scope.Depth >= MaxDepth) throw new StepFailure(TooDeep);
        return frame.Stage switch
        {
            StepStage.Pre => RunPre(frame, action),
            StepStage.Post => RunPost(frame),
            _ => RunMain(frame, action),
        };
    }

    private static Conclusion RunMain(StepFrame frame, ActionFound.Composite action)
    {
        var inputs = ActionInputs.Of(frame, action.Definition);
        ActionStep.WriteHeader(frame, [.. inputs.Declared, .. inputs.Undeclared]);
        inputs.Warn(frame, action.Definition);
        var scope = ScopeFor(frame, action, inputs);
        var cancelled = false;
        foreach (var step in action.Definition.Steps)
        {
            if (frame.Running.IsEnding) break;
            cancelled |= RunOne(Inner(frame, scope, step)) == Conclusion.Cancelled;
        }

        SetOutputs(frame, scope, action.Definition);
        return ConclusionOf(frame, scope.Failed, cancelled);
    }

    private static Conclusion RunPre(StepFrame frame, ActionFound.Composite action)
    {
        var scope = ScopeFor(frame, action, ActionInputs.Of(frame, action.Definition));
        var job = frame.Job;
        var inner = action.Definition.Steps.Where(step => step.Uses is not null && job.Actions.HasPre(step.Uses, action.Origin)).Select(step => Inner(frame, scope, step));
        return RunAll(frame, inner);
    }

    private static Conclusion RunPost(StepFrame frame)
    {
        var inner = frame.Use!.Inside.Posts.LastFirst
            .Select(post => new StepFrame(frame.Job, post.Scope, post.Step, post.Action, frame.Running, StepStage.Post));
        return RunAll(frame, inner);
    }

    private static Conclusion RunAll(StepFrame frame, IEnumerable<StepFrame> inner)
    {
        var failed = false;
        var cancelled = false;
        foreach (var step in inner)
        {
            if (frame.Running.IsEnding) break;
            var conclusion = RunOne(step);
            failed |= conclusion == Conclusion.Failure;
            cancelled |= conclusion == Conclusion.Cancelled;
        }

        return ConclusionOf(frame, failed, cancelled);
    }

    /// <summary>Runs one step; where the machine's owner wants them, between markers that say in the log of the using step whose a line is.</summary>
    private static Conclusion RunOne(StepFrame step)
    {
        if (!step.Job.Settings.Machine.CompositeMarkers) return StepExecutor.Run(step).Conclusion;
        var clock = step.Job.Settings.Clock;
        var began = clock.GetTimestamp();
        var id = WorkflowCommand.EscapeBracket(PathOf(step));
        step.Log.Write($"##[start-action display={WorkflowCommand.EscapeBracket(StepExecutor.NameOf(step))};id={id}]");
        var end = StepExecutor.Run(step);
        var time = (long)clock.GetElapsedTime(began).TotalMilliseconds;
        step.Log.Write(string.Create(
            CultureInfo.InvariantCulture, $"##[end-action id={id};outcome={end.Outcome.Name()};conclusion={end.Conclusion.Name()};duration_ms={time}]"));
        return end.Conclusion;
    }

    private static string PathOf(StepFrame step) => step.Scope.Path.Length == 0 ? step.Step.Id : step.Scope.Path + "." + step.Step.Id;

    private static Conclusion ConclusionOf(StepFrame frame, bool failed, bool cancelled)
    {
        // What failed before it was cancelled has failed.
        if (failed && frame.Running.InBackground) return Conclusion.Failure;
        if (cancelled || frame.Stop.Reason == StopReason.Killed || frame.Running.IsCancelledInBackground) return Conclusion.Cancelled;
        return failed || frame.Stop.Reason == StopReason.TimedOut ? Conclusion.Failure : Conclusion.Success;
    }

    private static StepFrame Inner(StepFrame frame, StepScope scope, StepDefinition step) =>
        new(frame.Job, scope, step, frame.Action + "_" + step.Id, frame.Running, frame.Stage);

    private static StepScope ScopeFor(StepFrame frame, ActionFound.Composite action, ActionInputs inputs) => new()
    {
        File = action.Definition.File,
        Depth = frame.Scope.Depth + 1,
        Path = PathOf(frame),
        Inputs = inputs.ToContext(),
        ActionPath = action.Folder,
        Origin = action.Origin,
        Variables = frame.Variables,
        Env = Merged(frame),
        BeganCancelled = frame.Job.Cancellation.Cancelled,
        Uses = frame.Use!.Inside,
    };

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
}
