using Capstan.Orchestration;
using Capstan.Runner.Jobs;
using Capstan.Workflows.Definitions;

namespace Capstan.Cli.LocalRuns.Resuming;

/// <summary>What <c>--from-step</c> comes to: the job to go on with, and where.</summary>
/// <param name="Workflow">With that job and those that it needs.</param>
internal sealed record Resumption(KeptJob Job, WorkflowDefinition Workflow, JobCheckpoint From)
{
    /// <param name="kept">Of this working tree, the newest first.</param>
    /// <param name="fired">The workflows as their files are now.</param>
    /// <param name="reference">What is checked out, in full.</param>
    /// <exception cref="CommandException">There is no such job or step, or it is none to begin at.</exception>
    public static Resumption Find(RunOptions options, IReadOnlyList<KeptJob> kept, IReadOnlyList<WorkflowDefinition> fired, string reference)
    {
        var job = Choose(options, kept);
        if (job.Ref != reference)
        {
            throw CommandException.Usage(
                $"The job '{job.Name}' was kept of a run of {job.Ref}, and this one would be of {reference}. "
                + "Check that out again, or run the job from its beginning: "
                + $"{RunCommandLine.Of(options, fired.Count > 1 ? job.Workflow : null)} {RunCommandLine.OfJob(job.Path, job.Matrix)}");
        }

        var workflow = fired.FirstOrDefault(w => w.File == job.Workflow) is { } found ? JobSelection.Apply(found, [job.TopKey]) : null;
        if (workflow is null || DefinitionOf(workflow, job.Key) is not { } definition)
        {
            throw CommandException.Usage($"The failed job that is kept is '{job.Name}' of {job.Workflow}, and no workflow that '{options.Event}' fires has it any more.");
        }

        return new Resumption(job, workflow, Checkpoint(options.FromStep!, job, definition));
    }

    private static JobDefinition? DefinitionOf(WorkflowDefinition workflow, string key)
    {
        try
        {
            return RunPlan.Of(workflow)[key].Job;
        }
        catch (KeyNotFoundException)
        {
            return null;
        }
    }

    private static KeptJob Choose(RunOptions options, IReadOnlyList<KeptJob> kept)
    {
        var wanted = kept.Where(job => options.Jobs.Count == 0 || options.Jobs.Exists(name => IsCalled(job, name)))
            .Where(job => options.Matrix.TrueForAll(of => job.Matrix.GetValueOrDefault(of.Key) is not { } value || options.Matrix.Exists(other => other.Key == of.Key && other.Value == value)))
            .ToList();
        if (wanted.Count == 0)
        {
            throw CommandException.Usage(
                $"--from-step goes on with a job that failed, and none{(options.Jobs.Count > 0 ? $" of the name {string.Join(" or ", options.Jobs)}" : "")} is kept of this working tree"
                + (kept.Count > 0 ? $"; there is {string.Join(", ", kept.Select(job => job.Name))}." : $".\nThe last {KeptJobs.Most} failed jobs of a working tree are kept for {KeptJobs.Longest.Days} days. Leave --from-step out to run from the beginning."));
        }

        var last = wanted.Where(job => job.KeptAt == wanted[0].KeptAt).ToList();
        return last.Count == 1 ? last[0] : throw CommandException.Usage(
            $"Several jobs of the last run failed: {string.Join(", ", last.Select(job => job.Name))}. Say with --job, and --matrix for one of a matrix, which to go on with.");
    }

    private static bool IsCalled(KeptJob job, string name) => JobSelection.IsNamed(job.Path, name) || JobSelection.IsNamed(job.TopKey, name);

    private static JobCheckpoint Checkpoint(string called, KeptJob kept, JobDefinition job)
    {
        if (StepNames.Find(job, called) is not { } place)
        {
            throw CommandException.Usage(
                $"The job '{kept.Name}' has no step '{called}' (by id, name or number). It has {string.Join(", ", Enumerable.Range(0, job.Steps.Count).Select(at => StepNames.Of(job, at)))}.");
        }

        var id = job.Steps[place] is { Parallel: [var first, ..] } ? first.Id : job.Steps[place].Id;
        var begin = kept.Checkpoints.FirstOrDefault(checkpoint => string.Equals(checkpoint.NextId, id, StringComparison.OrdinalIgnoreCase))
            ?? throw CommandException.Usage($"The last run of the job '{kept.Name}' did not come to the step '{called}': it failed at '{kept.FailedStep}'. Begin there or before it.");
        return begin.InBackground.Count == 0 ? begin with { Next = place } : throw CommandException.Usage(
            $"The step '{called}' began beside {string.Join(", ", begin.InBackground)}, which ran in the background and is gone. Begin at or before {begin.InBackground[0]}.");
    }
}
