using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Jobs;

/// <summary>Takes a <see cref="JobCheckpoint"/> of a job, and puts a later job in the place of one. Used from the job's thread.</summary>
internal sealed class JobMemory(JobState job)
{
    private Dictionary<string, string> declared = [];

    /// <summary>To be called when the env of the file is known and before any step changes it.</summary>
    public void Begin() => declared = new Dictionary<string, string>(job.Variables.Env, StringComparer.Ordinal);

    public JobCheckpoint Take(int next) => new()
    {
        Next = next,
        NextId = next < job.Plan.Job.Steps.Count ? First(job.Plan.Job.Steps[next]).Id : null,
        Env = Changed(),
        Paths = [.. job.Variables.Paths],
        Masks = job.AddedMasks,
        Steps = EndedSteps(),
        InBackground = InBackground(),
        Failed = job.Scope.Failed,
    };

    /// <summary>Makes the steps that a job begins after what they were when the checkpoint was taken, and reports them so.</summary>
    /// <param name="before">Of the file, in its order.</param>
    /// <param name="number">The last one given.</param>
    /// <returns>The last one given now.</returns>
    public int Restore(JobCheckpoint from, IEnumerable<StepDefinition> before, int number)
    {
        foreach (var mask in from.Masks) job.AddMask(mask);
        foreach (var (name, value) in from.Env) job.Variables.Set(name, value);
        foreach (var path in from.Paths.Reverse()) job.Variables.AddPath(path);
        var known = from.Steps.ToDictionary(step => step.Id, StringComparer.OrdinalIgnoreCase);
        foreach (var step in before)
        {
            using var run = new StepRun(job, ++number);
            Restore(new StepFrame(job, job.Scope, step, step.Id, run), known.GetValueOrDefault(step.Id));
        }

        job.Scope.Failed = from.Failed;
        return number;
    }

    private void Restore(StepFrame frame, EndedStep? was)
    {
        var step = frame.Step;
        job.Observer.StepPlaced(frame.Number, step);
        job.Report(new StepReport(
            frame.Number,
            StepExecutor.NameOf(frame),
            Status.Completed,
            was?.Conclusion ?? Conclusion.Skipped,
            was?.Outcome ?? Conclusion.Skipped,
            StartedAt: null,
            CompletedAt: null,
            Why: was is null ? "It is new: the job began after it." : "As it ended before."));
        if (was is null) return;
        frame.Record.Outcome = was.Outcome;
        frame.Record.Conclusion = was.Conclusion;
        foreach (var (name, value) in was.Outputs) frame.Record.SetOutput(name, value);
        job.Scope.Add(step.Id, frame.Record);
        if (step.Uses is null || was.Outcome == Conclusion.Skipped) return;

        var use = frame.FindUse();
        foreach (var (name, value) in was.State) use.State[name] = value;
        use.WantsPost = was.WantsPost;
        if (use.HasPost) job.Scope.Uses.Posts.Add(frame);
    }

    private List<string> InBackground()
    {
        var ids = new List<string>();
        foreach (var step in job.Background.NotCovered) ids.Add(step.Turn.Frame.Step.Id);
        return ids;
    }

    private Dictionary<string, string> Changed()
    {
        var changed = new Dictionary<string, string>(StringComparer.Ordinal);
        // By its keys here and elsewhere before a first step: .NET compiles the pairs of an empty one at each start (docs/adr/009-start-of-a-short-run.md).
        foreach (var name in job.Variables.Env.Keys)
        {
            var value = job.Variables.Env[name];
            if (declared.GetValueOrDefault(name) != value) changed[name] = value;
        }

        return changed;
    }

    private List<EndedStep> EndedSteps()
    {
        var ended = new List<EndedStep>();
        foreach (var (id, record) in job.Scope.Records) ended.Add(Ended(id, record));
        return ended;
    }

    private EndedStep Ended(string id, StepRecord record)
    {
        var use = job.Scope.Uses.Find(id);
        return new EndedStep(
            id,
            record.Outcome ?? Conclusion.Success,
            record.Conclusion ?? Conclusion.Success,
            new Dictionary<string, string>(record.Outputs, StringComparer.OrdinalIgnoreCase),
            new Dictionary<string, string>(use?.State ?? [], StringComparer.Ordinal),
            use?.WantsPost ?? false);
    }

    private static StepDefinition First(StepDefinition step) => step.Parallel is [var first, ..] ? first : step;
}
