using System.Runtime.ExceptionServices;
using Capstan.Contracts;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Jobs;

/// <summary>
/// A job's steps in the background. Each runs on a thread of its own, so many at once and the others in the order of their launch. What a step changes (env, PATH, outputs,
/// outcome) is kept in its fork of the job's scope until a later step covers it, by waiting for it or by cancelling it. Called from the job's thread.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
/// </summary>
internal sealed class BackgroundSteps(JobState job)
{
    public const int AtOnce = 10;

    private readonly object gate = new();
    private readonly List<BackgroundStep> all = [];
    private readonly List<BackgroundStep> queue = [];
    private int workers;

    /// <summary>Steps that no later one has waited for or cancelled, in the order of their launch.</summary>
    public IReadOnlyList<BackgroundStep> NotCovered => all.FindAll(step => !step.IsCovered);

    /// <summary>
    /// Whether a step has failed that was then cancelled: the cancelling step does not fail for it, the job does.
    /// Source: https://github.com/actions/runner/pull/4482
    /// </summary>
    public bool FailedThoughCancelled { get; private set; }

    /// <summary>The launched steps of these ids; one that was skipped has nothing to be waited for.</summary>
    public IReadOnlyList<BackgroundStep> Named(IReadOnlyList<string> ids) =>
        [.. ids.Select(id => all.Find(step => step.Turn.Frame.Step.Id == id)).OfType<BackgroundStep>().Distinct()];

    /// <param name="turn">Admitted.</param>
    public BackgroundStep Launch(StepTurn turn)
    {
        var step = new BackgroundStep(turn);
        all.Add(step);
        job.Cancellation.Enter(turn.Frame.Stop);
        if (IsFull()) turn.Wait();
        var starts = false;
        lock (gate)
        {
            queue.Add(step);
            if (workers < AtOnce)
            {
                workers++;
                starts = true;
            }
        }

        if (starts && StartWorker() is { } refusal) End(step, refusal);
        return step;
    }

    /// <summary>Blocks until all have ended. A cancelled job ends them all, and so every wait.</summary>
    /// <returns>What they came to together.</returns>
    public Conclusion WaitFor(IReadOnlyList<BackgroundStep> steps)
    {
        Join(steps);
        foreach (var step in steps) Cover(step);
        if (steps.Any(step => step.Conclusion == Conclusion.Failure)) return Conclusion.Failure;
        return steps.Any(step => step.Conclusion == Conclusion.Cancelled && !step.Turn.Frame.Running.CancelledBySteps) ? Conclusion.Cancelled : Conclusion.Success;
    }

    /// <summary>Terminates them and blocks until they are gone; one that still waits for its turn never begins.</summary>
    public void Cancel(IReadOnlyList<BackgroundStep> steps)
    {
        foreach (var step in steps)
        {
            step.Turn.Frame.Stop.Request(StopReason.CancelledBySteps);
            bool waited;
            lock (gate) waited = queue.Remove(step);
            if (waited) Execute(step);
        }

        Join(steps);
        foreach (var step in steps.Where(step => !step.IsCovered))
        {
            FailedThoughCancelled |= step.Conclusion == Conclusion.Failure;
            Cover(step);
        }
    }

    /// <summary>Kills what still runs and returns when nothing does: whatever ended the job's steps, none may outlive them.</summary>
    public void End()
    {
        foreach (var step in all) step.Turn.Frame.Stop.Request(StopReason.Killed);
        lock (gate)
        {
            while (workers > 0) Monitor.Wait(gate);
        }

        foreach (var step in all)
        {
            job.Cancellation.Leave(step.Turn.Frame.Stop);
            step.Turn.Frame.Running.Dispose();
        }
    }

    /// <returns>Why there is no thread; null when there is.</returns>
    private string? StartWorker()
    {
        try
        {
            job.Settings.StartThread(new Thread(Work) { IsBackground = true, Name = "background steps of " + job.Order.Name });
            return null;
        }
        catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
        {
            return error.Message;
        }
    }

    /// <summary>What was to work on the step could not begin: another thread that is there already takes it; where there is none, the step fails.</summary>
    private void End(BackgroundStep step, string refusal)
    {
        lock (gate)
        {
            workers--;
            if (workers > 0 || !queue.Remove(step)) return;
        }

        step.Turn.Refuse("The machine has no thread left for this step: " + refusal);
        Execute(step);
    }

    private bool IsFull()
    {
        lock (gate) return workers == AtOnce;
    }

    private void Join(IReadOnlyList<BackgroundStep> steps)
    {
        lock (gate)
        {
            while (!steps.All(step => step.HasEnded)) Monitor.Wait(gate);
        }

        foreach (var step in steps) step.Fault?.Throw();
    }

    /// <summary>From now on the job's other steps see what this one did.</summary>
    private void Cover(BackgroundStep step)
    {
        if (step.IsCovered) return;
        step.IsCovered = true;
        var frame = step.Turn.Frame;
        frame.Scope.Home.Variables.Merge(frame.Scope.Variables);
        frame.Scope.Home.Add(frame.Step.Id, frame.Record);
    }

    private void Work()
    {
        while (Next() is { } step) Execute(step);
    }

    private BackgroundStep? Next()
    {
        lock (gate)
        {
            if (queue is [var next, ..])
            {
                queue.RemoveAt(0);
                return next;
            }

            workers--;
            Monitor.PulseAll(gate);
            return null;
        }
    }

    private void Execute(BackgroundStep step)
    {
        try
        {
            step.Turn.Execute();
        }
        catch (Exception error)
        {
            // The log could not be written, or a bug: for the job's thread, which waits. Nothing may end the process from this one.
            step.Fault = ExceptionDispatchInfo.Capture(error);
        }

        lock (gate)
        {
            step.HasEnded = true;
            Monitor.PulseAll(gate);
        }
    }
}

/// <summary>A step that was launched in the background. <see cref="HasEnded"/> is guarded by the lock of <see cref="BackgroundSteps"/>; the rest is read after it.</summary>
internal sealed class BackgroundStep(StepTurn turn)
{
    public StepTurn Turn => turn;

    public bool HasEnded { get; set; }

    /// <summary>What broke off its thread.</summary>
    public ExceptionDispatchInfo? Fault { get; set; }

    /// <summary>Whether a later step has waited for it or cancelled it. Of the job's thread.</summary>
    public bool IsCovered { get; set; }

    /// <summary>Null until it has ended.</summary>
    public Conclusion? Conclusion => turn.End?.Conclusion;
}
