using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Actions;
using Capstan.Runner.Processes;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Steps;

/// <summary>
/// What is the same for every step, whoever runs it: :: 1 its env, :: 2 its condition, :: 3 its time limit, :: 4 the work, :: 5 <c>continue-on-error</c>.
/// </summary>
internal static class StepExecutor
{
    /// <summary>A step inside a composite action, from its condition to its end.</summary>
    public static StepEnd Run(StepFrame frame)
    {
        var admission = Admit(frame);
        return admission.Skipped ?? Execute(frame, admission);
    }

    /// <summary>What is decided when a step's turn comes, of the job as it is then.</summary>
    public static StepAdmission Admit(StepFrame frame)
    {
        string? mistake = null;

        // :: 1. The env may be wrong and the step still be skipped, so a mistake counts only when it runs.
        try
        {
            var env = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in frame.Reader.Map(frame.Step.Env)) env.Add(name, value);
            frame.Contexts.Env = env;
        }
        catch (StepFailure failure)
        {
            mistake = failure.Message;
        }

        // :: 2. A condition that cannot be evaluated fails the step.
        try
        {
            if (!frame.Condition(out var why))
            {
                if (why == Condition.Unsuccessful && frame.Job.Status == Conclusion.Cancelled) why = Condition.JobCancelled;
                return new StepAdmission(End(frame, Conclusion.Skipped, Conclusion.Skipped, why), Mistake: null, Minutes: null);
            }
        }
        catch (StepFailure failure)
        {
            mistake = failure.Message;
        }

        // :: 3. How long it may take; the time begins with the work.
        try
        {
            return new StepAdmission(Skipped: null, mistake, frame.Reader.Number(frame.Step.TimeoutMinutes));
        }
        catch (StepFailure failure)
        {
            return new StepAdmission(Skipped: null, mistake ?? failure.Message, Minutes: null);
        }
    }

    /// <summary>The work of a step that was admitted.</summary>
    public static StepEnd Execute(StepFrame frame, StepAdmission admission)
    {
        if (admission.Mistake is null) return Finish(frame, Work(frame, admission.Minutes));
        frame.Error(admission.Mistake);
        return Finish(frame, Conclusion.Failure);
    }

    /// <summary>The end of a step that was admitted and cancelled before it began.</summary>
    public static StepEnd Cancel(StepFrame frame) => End(frame, Conclusion.Cancelled, Conclusion.Cancelled, "It was cancelled before it began.");

    private static Conclusion Work(StepFrame frame, double? minutes)
    {
        try
        {
            // The limit holds for the whole step; a composite action's steps share it.
            using var timer = minutes is > 0 ? TimerFor(frame, minutes.Value) : null;

            // :: 4. The work.
            var outcome = frame switch
            {
                { Stage: StepStage.Hook } => JobHook.Run(frame),
                { Step.IsControl: true } => ControlStep.Run(frame),
                { Step.Uses: null } => ScriptStep.Run(frame),
                _ => ActionStep.Run(frame),
            };
            if (timer is not null && frame.Stop.Reason == StopReason.TimedOut)
            {
                frame.Error(string.Create(CultureInfo.InvariantCulture, $"The action '{NameOf(frame)}' has timed out after {minutes} minutes."));
                return Conclusion.Failure;
            }

            return outcome;
        }
        catch (StepFailure failure)
        {
            frame.Error(failure.Message);
            return Conclusion.Failure;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A full disk, a workspace that cannot be written, a NUL in a path: the job's trouble, not the program's.
            frame.Error(error.Message);
            return Conclusion.Failure;
        }
    }

    /// <summary>The name shown for a step: its own, else what it does; before that, what stage of it this is.</summary>
    public static string NameOf(StepFrame frame) => frame.Stage switch
    {
        StepStage.Pre => "Pre " + MainNameOf(frame),
        StepStage.Post => "Post " + MainNameOf(frame),
        _ => MainNameOf(frame),
    };

    private static string MainNameOf(StepFrame frame)
    {
        if (frame.Step.Name is { } name)
        {
            try
            {
                return frame.Job.Masks.Mask(frame.Reader.Text(name));
            }
            catch (StepFailure)
            {
                // The step's own evaluation will say what is wrong.
                return frame.Step.Id;
            }
        }

        if (frame.Step.Uses is { } uses) return "Run " + uses;
        try
        {
            var script = frame.Script.TrimStart();
            var end = script.AsSpan().IndexOfAny('\r', '\n');
            return "Run " + frame.Job.Masks.Mask(end < 0 ? script : script[..end]);
        }
        catch (StepFailure)
        {
            return "Run";
        }
    }

    private static StepEnd Finish(StepFrame frame, Conclusion outcome)
    {
        // :: 5. Only a failure can be forgiven.
        var conclusion = outcome;
        if (outcome == Conclusion.Failure)
        {
            try
            {
                if (frame.Reader.Boolean(frame.Step.ContinueOnError, otherwise: false)) conclusion = Conclusion.Success;
            }
            catch (StepFailure failure)
            {
                frame.Error(failure.Message);
            }
        }

        // The steps of a composite action have the step's limits together.
        if (!frame.Scope.IsComposite && frame.Job.Annotations.TakeOmitted(frame.Number) is { } omitted) frame.Log.Write(omitted);
        if (conclusion == Conclusion.Failure && frame.Stage == StepStage.Main) frame.Job.TellFailure(frame);
        return End(frame, outcome, conclusion, why: null);
    }

    private static StepEnd End(StepFrame frame, Conclusion outcome, Conclusion conclusion, string? why)
    {
        frame.Record.Outcome = outcome;
        frame.Record.Conclusion = conclusion;
        if (frame.Stage == StepStage.Main) frame.Scope.Add(frame.Step.Id, frame.Record);
        if (conclusion == Conclusion.Failure) frame.Scope.Failed = true;
        return new StepEnd(outcome, conclusion, why is null ? null : frame.Job.Masks.Mask(why));
    }

    private static ITimer TimerFor(StepFrame frame, double minutes)
    {
        var limit = TimeSpan.FromMinutes(Math.Min(minutes, Jobs.JobExecution.LongestMinutes));
        return frame.Job.Settings.Clock.CreateTimer(static stop => ((StopSignal)stop!).Request(StopReason.TimedOut), frame.Stop, limit, Timeout.InfiniteTimeSpan);
    }
}

/// <summary>What was decided about a step before it began.</summary>
/// <param name="Skipped">Its end, when its condition does not hold; null when it is to run.</param>
/// <param name="Mistake">What it fails for without doing anything.</param>
/// <param name="Minutes">Its time limit; none when null or not above 0.</param>
internal readonly record struct StepAdmission(StepEnd? Skipped, string? Mistake, double? Minutes);
