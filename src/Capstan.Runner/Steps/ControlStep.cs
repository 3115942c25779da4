using Capstan.Contracts;
using Capstan.Runner.Jobs;

namespace Capstan.Runner.Steps;

/// <summary>
/// A step that steers those in the background: waits for some or all of them, or cancels one. What they have changed is seen from here on.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepswait
/// </summary>
internal static class ControlStep
{
    public static Conclusion Run(StepFrame frame)
    {
        var background = frame.Job.Background;
        if (frame.Step.Cancel is { } id)
        {
            var cancelled = background.Named([id]);
            Say(frame, "Cancelling", cancelled);
            background.Cancel(cancelled);
            Tell(frame, cancelled);
            return Conclusion.Success;
        }

        var awaited = frame.Step.Wait is { } ids ? background.Named(ids) : background.NotCovered;
        Say(frame, "Waiting for", awaited);
        var conclusion = background.WaitFor(awaited);
        Tell(frame, awaited);
        return conclusion;
    }

    private static void Say(StepFrame frame, string what, IReadOnlyList<BackgroundStep> steps) => frame.Log.Write(steps.Count == 0
        ? "No step runs in the background."
        : $"{what} {string.Join(", ", steps.Select(step => $"'{step.Turn.Name}'"))}");

    private static void Tell(StepFrame frame, IReadOnlyList<BackgroundStep> steps)
    {
        foreach (var step in steps)
        {
            var end = step.Turn.End!.Value;
            var mark = end.Conclusion == Conclusion.Failure ? "##[error]" : "";
            var forgiven = end.Outcome == end.Conclusion ? "" : $", outcome {end.Outcome.Name()}";
            frame.Log.Write($"{mark}'{step.Turn.Name}': {end.Conclusion.Name()}{forgiven}");
        }
    }
}
