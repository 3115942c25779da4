using Capstan.Contracts;
using Capstan.Runner.Actions;
using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Runner.Processes;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Steps;

/// <summary>One step while it runs, with all it may touch. Steps inside a composite action have frames of their own in the <see cref="StepRun"/> of the job's step.</summary>
internal sealed class StepFrame
{
    private static readonly Dictionary<string, string> NoEnv = new(StringComparer.Ordinal);

    private string? script;
    private StepFiles? files;

    public StepFrame(JobState job, StepScope scope, StepDefinition step, string action, StepRun run, StepStage stage = StepStage.Main)
    {
        Job = job;
        Scope = scope;
        Step = step;
        Action = action;
        Running = run;
        Stage = stage;
        Contexts = new StepContexts(job, scope, action, NoEnv, stage) { Files = () => Files };
        Reader = new TokenReader(scope.File, Contexts);
    }

    public JobState Job { get; }

    public StepScope Scope { get; }

    public StepDefinition Step { get; }

    /// <summary><c>github.action</c>.</summary>
    public string Action { get; }

    /// <summary>Of the job's step.</summary>
    public StepRun Running { get; }

    public int Number => Running.Number;

    public StepLog Log => Running.Log;

    public StopSignal Stop => Running.Stop;

    public StepStage Stage { get; }

    /// <summary>What a step with <c>uses</c> uses; null until <see cref="FindUse"/>, and for others.</summary>
    public ActionUse? Use { get; private set; }

    /// <summary>Where what the step runs is from: its own action, else the one it stands in. Null: from the workspace.</summary>
    public ActionOrigin? Origin => Use?.Found switch
    {
        ActionFound.JavaScript script => script.Origin,
        ActionFound.Composite composite => composite.Origin,
        _ => Scope.Origin,
    };

    public StepContexts Contexts { get; }

    public TokenReader Reader { get; }

    /// <summary>What <c>~</c> means to the step.</summary>
    public string Home => Environment(files: null).GetValueOrDefault("HOME", "/");

    public JobVariables Variables => Contexts.Variables;

    /// <summary>Of the step's program, if it has one.</summary>
    public StepFiles Files => files ??= Job.Files.Take();

    public StepRecord Record { get; } = new();

    /// <summary>What the step uses; the same at all its stages.</summary>
    public ActionUse FindUse() => Use ??= Scope.Uses.Of(Step, Find);

    /// <summary>What <c>run</c> says, evaluated once: it names a step without a name, too. To be asked for when the step's env is known.</summary>
    /// <exception cref="StepFailure">It cannot be evaluated.</exception>
    public string Script => script ??= Reader.Text(Step.Run);

    /// <summary>Writes an error to the log and as an annotation.</summary>
    public void Error(string message)
    {
        Log.Write("##[error]" + message);
        Job.Annotations.Add(Number, Annotations.Failure, Job.Masks.Mask(message));
    }

    public void Warn(string message)
    {
        Log.Write("##[warning]" + message);
        Job.Annotations.Add(Number, Annotations.Warning, Job.Masks.Mask(message));
    }

    /// <summary>Runs a program whose output is the step's.</summary>
    /// <exception cref="StepFailure">It could not be started.</exception>
    public ProcessEnd Run(ProcessStart start)
    {
        Job.BeforeProcess();
        if (Running.IsEnding) return new ProcessEnd(-1, Stop.Reason);
        Running.Output.Redirect(Log);
        var child = new ChildProcess(Running.Output, Stop, Job.Processes, Number, Job.Settings.Clock, Job.Settings.Grace, StillWanted);
        var end = child.Run(start, Job.LeftOpen.Add, out var error);
        return error is null
            ? end
            : throw new StepFailure($"An error occurred trying to start process '{start.Program}' with working directory '{start.Folder}'. {error}");
    }

    /// <summary>Waits on this thread for work that is no program; it is cancelled when a program in its place would be stopped.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public T Wait<T>(Func<CancellationToken, Task<T>> work)
    {
        Job.BeforeProcess();
        using var cancel = new CancellationTokenSource();
        var wanted = new Lazy<bool>(StillWanted);
        var task = work(cancel.Token);
        Task raised;
        do
        {
            raised = Stop.Raised;
            if (MustEnd(wanted)) cancel.Cancel();
        }
        while (Task.WaitAny([task, raised], CancellationToken.None) != 0);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>The environment of a program of this step.</summary>
    public Dictionary<string, string> Environment(StepFiles? files) => StepEnvironment.Build(this, files);

    /// <summary>Whether the step's condition holds, and when it does not, why. What steers background steps always runs, as GitHub documents for each such key.</summary>
    /// <exception cref="StepFailure">It cannot be evaluated.</exception>
    public bool Condition(out string? why)
    {
        why = null;
        if (Step.IsControl) return true;
        return Stage is StepStage.Main or StepStage.Hook ? Reader.Condition(Step.If, Step.IfPlace, out why) : ActionStep.TakesPlace(this, out why);
    }

    private ActionFound Find()
    {
        var wanted = new Lazy<bool>(StillWanted);
        return Job.Actions.Find(Step.Uses!, Scope.Origin, Log, () => MustEnd(wanted));
    }

    /// <param name="wanted">Whether the step goes on in a cancelled job.</param>
    private bool MustEnd(Lazy<bool> wanted) => Stop.Reason switch
    {
        StopReason.None => false,
        StopReason.Cancelled => !wanted.Value,
        _ => true,
    };

    /// <summary>Whether the step's condition holds now that the job is cancelled; if it does, a running step goes on. One in the background never does.</summary>
    private bool StillWanted()
    {
        if (Running.InBackground) return false;
        try
        {
            return Condition(out _);
        }
        catch (StepFailure)
        {
            return false;
        }
    }
}

/// <param name="Outcome">Before <c>continue-on-error</c>.</param>
/// <param name="Conclusion">After it.</param>
/// <param name="Why">For people: why it did not run, or ended so.</param>
internal readonly record struct StepEnd(Conclusion Outcome, Conclusion Conclusion, string? Why);
