using System.Globalization;
using Capstan.Cli.LocalRuns.Views;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
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
/// A run of one step that is skipped, shown to nobody, beside the reading of the workflows. What a short run waits for is the runtime, which loads each type and
/// method when it comes to it first: here it does so on the processor that would have nothing to do. No program is started and nothing of the user's is read; a run
/// needs none of it, and does not see whether it came about. docs/adr/009-start-of-a-short-run.md.
/// </summary>
internal sealed class Rehearsal : IDisposable
{
    private const string Name = "rehearsal";

    private static readonly Place Somewhere = new(1, 1);

    private readonly Thread thread = new(Try) { IsBackground = true, Name = Name };

    // Without the context of its caller, which it does not need, and which takes a part of a millisecond to note down.
    private Rehearsal() => thread.UnsafeStart();

    /// <summary>Null where there is no second processor for it, or no thread.</summary>
    public static Rehearsal? Begin()
    {
        try
        {
            return Environment.ProcessorCount > 1 ? new Rehearsal() : null;
        }
        catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
        {
            return null;
        }
    }

    /// <summary>Waits for its end, which has usually come: it removes its folder.</summary>
    public void Dispose() => thread.Join();

    private static void Try()
    {
        try
        {
            _ = Run(static () => UserCache.Folder("rehearsals"));
        }
#pragma warning disable CA1031 // A full disk, a folder that cannot be made: the run itself will say so.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Nothing depends on it.
        }
    }

    /// <param name="root">Where it has a folder of its own for its time. Asked late: the run itself has by then loaded much of what is needed for the answer.</param>
    /// <returns>How it ended: well, unless it is not in keeping with the program any more.</returns>
    internal static Conclusion Run(Func<string> root)
    {
        var found = new Lazy<string>(root);
        var folder = new Lazy<string>(() => Path.Combine(found.Value, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
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
            return Run(new WorkflowDefinition { File = Name, Name = Name, Triggers = [], Jobs = [job] }, folder);
        }
        finally
        {
            // What could not be removed goes with the next one.
            _ = FolderRemoval.Remove(folder.Value);
            // Last: the run waits for what comes before.
            RemoveOthers(found.Value);
        }
    }

    /// <summary>The folders of programs that were ended before they could remove theirs.</summary>
    private static void RemoveOthers(string root)
    {
        if (!Directory.Exists(root))
        {
            return;
        }

        foreach (var left in Directory.EnumerateDirectories(root))
        {
            if (!Directory.Exists(Path.Combine("/proc", Path.GetFileName(left))))
            {
                _ = FolderRemoval.Remove(left);
            }
        }
    }

    private static Conclusion Run(WorkflowDefinition workflow, Lazy<string> folder)
    {
        var run = new RunTag(1, Name, Name, "push", Name);
        using var view = new PlainView(new Terminal(Stream.Null, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        view.RunStarted(run);
        var plan = RunPlan.Of(workflow);
        var ended = new EndedJobs();
        using var local = new LocalRun(plan, Facts(), new LocalRunSettings
        {
            Execute = (job, order, cancel) =>
            {
                view.JobStarted(run, job);
                var result = JobRunner.Run(order, new ViewObserver(view, run, job, Name), Settings(folder.Value), cancel);
                var outcome = new JobOutcome(result.Conclusion, result.Reason) { Outputs = result.Outputs };
                view.JobCompleted(run, job, ended.Explain(plan[job.Key], job, outcome));
                return outcome;
            },
        });
        var conclusion = local.Run(CancellationToken.None);
        view.RunCompleted(run, conclusion, TimeSpan.Zero);
        return conclusion;
    }

    private static RunFacts Facts() => new()
    {
        RunId = 1,
        RunNumber = 1,
        WorkflowName = Name,
        WorkflowPath = Name,
        WorkflowSha = "",
        EventName = "push",
        ReadEvent = () => ObjectValue.Empty,
        Ref = "refs/heads/main",
        Sha = "",
        Repository = "a/b",
        Actor = Name,
        ServerUrl = "",
    };

    private static JobRunnerSettings Settings(string folder) => new()
    {
        // No folder that it can do without: each that is made and removed costs the run time, too.
        Workspace = folder,
        Temp = Path.Combine(folder, "temp"),
        ToolCache = folder,
        RunnerName = Name,
        Checkout = new WorkingTreeCheckout(folder, _ => 0, alreadyThere: true),
        Artifacts = new FolderArtifacts(folder, TimeProvider.System),
        Caches = new FolderCaches(folder, "refs/heads/main", TimeProvider.System),
        BaseEnvironment = BaseEnvironment.FromThisProcess(),
        Clock = RunClock.Instance,
        KeepTemp = true,
    };
}
