using Capstan.Cli.LocalRuns.Resuming;
using Capstan.Cli.LocalRuns.Views;
using Capstan.Cli.LocalRuns.Workspaces;
using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Orchestration.Local;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Caches;
using Capstan.Runner.Checkout;
using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;

namespace Capstan.Cli.LocalRuns;

/// <summary>Runs one workflow on this machine: the server's decisions, the runner's execution, and in between what the command line gave.</summary>
/// <param name="kill">Ends everything at once.</param>
internal sealed class LocalRunner(RunOptions options, LocalEvent happened, TreeInReading tree, WorkspaceFolders folders, KeptJobs kept, IRunView view, TimeProvider clock, CancellationToken kill)
{
    /// <summary>The job that does not begin at its first step.</summary>
    public Resumption? Resumption { get; init; }

    /// <summary>What happens where a step fails, before its job goes on; null: nothing.</summary>
    public Action<FailedStep>? StepFailed { get; init; }

    private static readonly JobOutcome LeftOut = new(Conclusion.Skipped, "Left out by --matrix.");

    private readonly Platforms platforms = new(options.Platforms);
    private readonly Dictionary<string, string> secrets = LocalSecrets.Given(options);

    /// <param name="cancel">Cancels the run; it still ends as a run does.</param>
    public Conclusion Run(WorkflowDefinition workflow, RunTag run, CancellationToken cancel)
    {
        var facts = LocalFacts.Of(workflow, happened, options, run.Id);
        var started = clock.GetTimestamp();
        var artifacts = LocalArtifacts.Of(options, tree.Value.Git.Root, workflow.File, clock);
        var plan = RunPlan.Of(workflow);
        var ended = new EndedJobs();
        var failed = new List<KeptJob>();
        view.RunStarted(run);
        using var local = new LocalRun(plan, facts, new LocalRunSettings
        {
            Execute = (job, order, cancelJob) =>
            {
                if (!JobSelection.Includes(options.Matrix, job))
                {
                    return LeftOut;
                }

                var outcome = Resumption?.Job.OutcomeOf(job) ?? Execute(plan[job.Key], run, job, order, artifacts, failed, cancelJob);
                Complete(job, outcome);
                return outcome;
            },
            Secrets = secrets,
            EnvironmentOf = name => new EnvironmentValues
            {
                Secrets = options.EnvironmentSecrets.GetValueOrDefault(name) ?? [],
                Vars = options.EnvironmentVars.GetValueOrDefault(name) ?? [],
            },
            Queued = job =>
            {
                if (JobSelection.Includes(options.Matrix, job))
                {
                    view.JobQueued(run, job);
                }
            },
            CallBegun = job => view.JobStarted(run, job),
            Ended = Complete,
        });
        var conclusion = local.Run(cancel);
        Keep(failed, ended);
        view.ArtifactsKept(run, artifacts.Files);
        view.RunCompleted(run, conclusion, clock.GetElapsedTime(started));
        return conclusion;

        void Complete(LocalJob job, JobOutcome outcome) => view.JobCompleted(run, job, ended.Explain(plan[job.Key], job, outcome));
    }

    /// <summary>Only now all is known that the jobs would need if they went on: how the others ended.</summary>
    private void Keep(List<KeptJob> failed, EndedJobs ended)
    {
        var now = clock.GetUtcNow();
        foreach (var job in failed)
        {
            var others = ended.Outcomes.Where(other => (other.Key, other.Index) != (job.Key, job.Index)).ToList();
            if (!kept.Add(job with { KeptAt = now, Others = others }))
            {
                KeptJobs.Remove(job);
            }
        }
    }

    private JobOutcome Execute(
        NodePlan node, RunTag run, LocalJob job, JobOrder order, FolderArtifacts artifacts, List<KeptJob> failed, CancellationToken cancel)
    {
        var platform = platforms.Find(job.Labels);
        var outcome = platform switch
        {
            Platform.Host => null,
            Platform.Docker docker => new JobOutcome(Conclusion.Failure, $"Containers are not run yet, so '{docker.Image}' cannot be its platform. Use --platform {job.Labels[0]}=host."),
            Platform.None none when options.StrictPlatforms => new JobOutcome(Conclusion.Failure, none.Why),
            Platform.None none => NoPlatform(run, job, node, none.Why),
            _ => throw new InvalidOperationException("A platform is host, docker or none."),
        };
        return outcome ?? RunOnHost(node, run, job, order, artifacts, failed, cancel);
    }

    private JobOutcome NoPlatform(RunTag run, LocalJob job, NodePlan node, string why)
    {
        var place = node.Job.RunsOn?.Place ?? node.Job.Place;
        view.Warned(run, job, new Diagnostic(node.Workflow.File, place, Severity.Warning, "no-platform", $"The job is skipped: {why}"));
        return new JobOutcome(Conclusion.Skipped, why);
    }

    private JobOutcome RunOnHost(
        NodePlan node, RunTag run, LocalJob job, JobOrder order, FolderArtifacts artifacts, List<KeptJob> failed, CancellationToken cancel)
    {
        view.JobStarted(run, job);
        var resumed = Resumption is { } one && one.Job.Is(job) ? one : null;
        using var folder = resumed is null ? folders.ForJob(job) : WorkspaceFolders.Again(resumed.Job);
        var copiedAt = Fill(folder, resumed?.Job);
        var observer = new ViewObserver(view, run, job, node.Workflow.File);
        var result = JobRunner.Run(
            order with { Token = secrets.GetValueOrDefault("GITHUB_TOKEN", "") },
            observer,
            Settings(folder, artifacts) with
            {
                Resume = resumed?.From,
                StepFailed = StepFailed is { } act ? step => view.Interrupt(job, () => act(step)) : null,
            },
            cancel);
        if (resumed is null && copiedAt is not null && !ChecksOut(node) && WorkspaceReads.First(tree.Value, folder.Workspace) is { } file)
        {
            Warn(run, job, node, $"The job read {file} without a checkout step. On a server its workspace would be empty: add 'uses: actions/checkout@v4' as its first step.");
        }

        if (Kept(node, run, job, folder, copiedAt, resumed, observer.Checkpoints, result) is { } left)
        {
            folder.IsKept = true;
            view.JobKept(run, job, left.FailedStep, left.Workspace);
            lock (failed)
            {
                failed.Add(left);
            }
        }

        return new JobOutcome(result.Conclusion, result.Reason) { Outputs = result.Outputs, EnvironmentUrl = result.EnvironmentUrl };
    }

    /// <returns>When the working tree was copied into the workspace; null when it was not.</returns>
    private DateTimeOffset? Fill(JobFolder folder, KeptJob? before)
    {
        // What changes while it is copied counts as changed since.
        var now = clock.GetUtcNow();
        if (before is { CopiedAt: { } then })
        {
            tree.Value.CopyChanged(folder.Workspace, then);
            return now;
        }

        if (before is not null || options.InPlace || options.EmptyWorkspace)
        {
            return null;
        }

        tree.Value.CopyTo(folder.Workspace);
        return now;
    }

    /// <summary>What is kept of a job: the one that failed in a step of its file, and one that went on and did not come to its end.</summary>
    private KeptJob? Kept(
        NodePlan node, RunTag run, LocalJob job, JobFolder folder, DateTimeOffset? copiedAt, Resumption? resumed, IReadOnlyList<JobCheckpoint> checkpoints, JobResult result)
    {
        var after = checkpoints.FirstOrDefault(checkpoint => checkpoint.Failed);
        if (resumed is not null && result.Conclusion != Conclusion.Success && after is null)
        {
            return resumed.Job with { CopiedAt = copiedAt };
        }

        if (result.Conclusion != Conclusion.Failure || after is not { Next: > 0 })
        {
            return null;
        }

        var earlier = resumed?.Job.Checkpoints.TakeWhile(checkpoint => checkpoint.NextId != resumed.From.NextId) ?? [];
        return new KeptJob
        {
            WorkingTree = tree.Value.Git.Root,
            Workflow = run.File,
            Key = job.Key,
            Index = job.Index,
            TopKey = job.TopKey,
            Path = job.Path,
            Name = job.Name,
            Matrix = JobSelection.Combination(job),
            Ref = happened.Ref,
            KeptAt = clock.GetUtcNow(),
            CopiedAt = copiedAt,
            Folder = folder.Folder,
            Workspace = folder.Workspace,
            Temp = folder.Temp,
            FailedStep = StepNames.Of(node.Job, after.Next - 1),
            Checkpoints = [.. earlier, .. checkpoints.TakeWhile(checkpoint => !checkpoint.Failed)],
        };
    }

    private void Warn(RunTag run, LocalJob job, NodePlan node, string message) =>
        view.Warned(run, job, new Diagnostic(node.Workflow.File, node.Job.Place, Severity.Warning, "no-checkout", message));

    private static bool ChecksOut(NodePlan node) => node.Job.EachStep
        .Any(s => s.Uses?.StartsWith("actions/checkout@", StringComparison.OrdinalIgnoreCase) == true);

    private JobRunnerSettings Settings(JobFolder folder, FolderArtifacts artifacts) => new()
    {
        Workspace = folder.Workspace,
        Temp = folder.Temp,
        ToolCache = folder.ToolCache,
        RunnerName = Environment.MachineName,
        Checkout = new WorkingTreeCheckout(tree.Value.Git.Root, tree.Value.CopyTo, alreadyThere: !options.EmptyWorkspace),
        Artifacts = artifacts,
        Caches = new FolderCaches(UserCache.Folder("caches", happened.Repository), happened.Ref, clock),
        Actions = LocalActions.Of(options, tree.Value.Git.Root, Environment.GetEnvironmentVariable),
        Machine = MachineSettings.From(Environment.GetEnvironmentVariable),
        BaseEnvironment = BaseEnvironment.FromThisProcess(),
        Env = options.Env,
        // Only for its timers: all other times are those of the caller's clock.
        Clock = RunClock.Instance,
        Kill = kill,
        KeepTemp = true,
    };
}
