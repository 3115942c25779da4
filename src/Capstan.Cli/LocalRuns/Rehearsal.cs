using Capstan.Cli.LocalRuns.Views;
using Capstan.Cli.Terminals;
using Capstan.Orchestration;
using Capstan.Orchestration.Local;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Caches;
using Capstan.Runner.Checkout;
using Capstan.Runner.Files;
using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// A run of one step that is skipped, shown to nobody, beside the reading of the workflows. What a short run waits for is the runtime, which loads each type and method
/// when it comes to it first: here it does so on the processor that would have nothing to do. No program is started and nothing of the user's is read; a run needs none of
/// it, and does not see whether it came about.
/// </summary>
internal sealed class Rehearsal : IDisposable
{
    private const string Name = "rehearsal";

    private static readonly Place Somewhere = new(1, 1);

    private readonly Thread thread;

    private Rehearsal()
    {
        thread = new Thread(Try) { IsBackground = true, Name = Name };
        thread.Start();
    }

    /// <summary>Null where there is no second processor for it.</summary>
    public static Rehearsal? Begin() => Environment.ProcessorCount > 1 ? new Rehearsal() : null;

    /// <summary>Waits for its end, which has usually come: it removes its folder.</summary>
    public void Dispose() => thread.Join();

    private static void Try()
    {
        try
        {
            Run();
        }
#pragma warning disable CA1031 // A full disk, a folder that cannot be made: the run itself will say so.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Nothing depends on it.
        }
    }

    private static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("capstan-rehearsal-").FullName;
        try
        {
            var step = new StepDefinition { Id = Name, Place = Somewhere, If = "false", Run = new StringToken(Somewhere, ":") };
            var job = new JobDefinition
            {
                Id = Name,
                Place = Somewhere,
                If = "success()",
                Needs = [],
                RunsOn = new StringToken(Somewhere, "ubuntu-latest"),
                Steps = [step],
            };
            Run(new WorkflowDefinition { File = Name, Name = Name, Triggers = [], Jobs = [job] }, folder);
        }
        finally
        {
            _ = FolderRemoval.Remove(folder);
        }
    }

    private static void Run(WorkflowDefinition workflow, string folder)
    {
        var run = new RunTag(1, Name, Name, "push", Name);
        using var view = new PlainView(new Terminal(Stream.Null, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        view.RunStarted(run);
        var plan = RunPlan.Of(workflow);
        var ended = new EndedJobs();
        using var local = new LocalRun(plan, Facts(), new LocalRunSettings
        {
            Execute = (job, assignment, cancel) =>
            {
                view.JobStarted(run, job);
                var result = JobRunner.Run(assignment, new ViewObserver(view, run, job, Name), Settings(folder), cancel);
                var outcome = new JobOutcome(result.Conclusion, result.Reason) { Outputs = result.Outputs };
                view.JobCompleted(run, job, ended.Explain(plan[job.Key], job, outcome));
                return outcome;
            },
        });
        view.RunCompleted(run, local.Run(CancellationToken.None), TimeSpan.Zero);
    }

    private static RunFacts Facts() => new()
    {
        RunId = 1,
        RunNumber = 1,
        WorkflowName = Name,
        WorkflowPath = Name,
        WorkflowSha = "",
        EventName = "push",
        Event = () => ObjectValue.Empty,
        Ref = "refs/heads/main",
        Sha = "",
        Repository = "a/b",
        Actor = Name,
        ServerUrl = "",
    };

    private static JobRunnerSettings Settings(string folder) => new()
    {
        Workspace = Path.Combine(folder, "workspace"),
        Temp = Path.Combine(folder, "job", "temp"),
        ToolCache = Path.Combine(folder, "tools"),
        RunnerName = Name,
        Checkout = new WorkingTreeCheckout(folder, _ => 0, alreadyThere: true),
        Artifacts = new FolderArtifacts(folder, TimeProvider.System),
        Caches = new FolderCaches(folder, "refs/heads/main", TimeProvider.System),
        BaseEnvironment = BaseEnvironment.FromThisProcess(),
        Clock = TimeProvider.System,
        KeepTemp = true,
    };
}
