using System.Text;
using Capstan.Contracts;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>A step with <c>uses</c>, at one of its stages.</summary>
internal static class ActionStep
{
    /// <exception cref="StepFailure">The action does not exist, or is used wrongly.</exception>
    public static Conclusion Run(StepFrame frame)
    {
        var use = frame.FindUse();
        if (frame is { Stage: StepStage.Post, Scope.IsComposite: false }) frame.Log.Write("Post job cleanup.");
        try
        {
            return use.Found switch
            {
                ActionFound.BuiltIn builtIn => RunBuiltIn(frame, builtIn.Action),
                ActionFound.Composite composite => CompositeAction.Run(frame, composite),
                ActionFound.JavaScript script => JavaScriptAction.Run(frame, script),
                ActionFound.Stopped => frame.Stop.Reason == StopReason.TimedOut ? Conclusion.Failure : Conclusion.Cancelled,
                ActionFound.NotExecuted not => throw new StepFailure(not.Message),
                ActionFound.Missing missing => throw new StepFailure(missing.Message),
                _ => throw new InvalidOperationException($"Nothing was found out about '{frame.Step.Uses}'."),
            };
        }
        finally
        {
            // Also when it failed: what it began is to be ended.
            if (frame.Stage != StepStage.Post && use.HasPost) frame.Scope.Uses.Posts.Add(frame);
        }
    }

    /// <summary>
    /// Whether a stage before or after the job's steps takes place. In the action's <c>pre-if</c> and <c>post-if</c>, <c>inputs</c> are the action's own; each step
    /// of a composite action has its own condition.
    /// </summary>
    /// <exception cref="StepFailure">The condition cannot be evaluated.</exception>
    public static bool TakesPlace(StepFrame frame, out string? why)
    {
        why = null;
        var found = frame.FindUse().Found;
        if (found is ActionFound.BuiltIn builtIn && frame.Stage == StepStage.Post) return builtIn.Action.HasPost(frame, out why);
        if (found is not ActionFound.JavaScript { Definition: var action }) return true;
        var contexts = frame.Contexts.With(ActionInputs.Of(frame, action).ToContext());
        return new TokenReader(action.File, contexts).Condition(frame.Stage == StepStage.Pre ? action.PreIf : action.PostIf, default, out why);
    }

    /// <summary>What will run, as GitHub's logs show it; for the job's own steps.</summary>
    public static void WriteHeader(StepFrame frame, IEnumerable<KeyValuePair<string, string>> inputs)
    {
        if (frame.Scope.IsComposite || frame.Stage != StepStage.Main) return;
        var text = new StringBuilder("##[group]Run ").Append(frame.Step.Uses);
        var any = false;
        foreach (var (name, value) in inputs)
        {
            if (value.Length == 0) continue;
            if (!any) text.Append("\nwith:");
            any = true;
            text.Append("\n  ").Append(name).Append(": ").Append(value);
        }

        ScriptStep.AppendEnv(text, frame.Contexts.MergedEnv());
        frame.Log.Write(text.Append("\n##[endgroup]").ToString());
    }

    private static Conclusion RunBuiltIn(StepFrame frame, BuiltInAction action)
    {
        var inputs = frame.Reader.Map(frame.Step.With);
        WriteHeader(frame, inputs);
        var given = new GivenInputs(inputs);
        try
        {
            if (frame.Stage == StepStage.Post) return action.RunPost(frame, given);
            action.WarnOfUnknown(frame, given);
            return action.Run(frame, given);
        }
        catch (OperationCanceledException) when (frame.Stop.Reason != StopReason.None)
        {
            return StepProgram.Conclude(frame, new ProgramEnd(ExitCode: -1, frame.Stop.Reason, CommandsFailed: false));
        }
    }
}
