using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Actions;
using Capstan.Runner.Commands;
using Capstan.Runner.Logs;
using Capstan.Runner.Masking;
using Capstan.Runner.ProblemMatchers;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Workflows;
using Capstan.Workflows.Jobs;

namespace Capstan.Runner.Jobs;

/// <summary>
/// A running job: what its steps share. Safe from the threads of its steps but for what is the job's thread's alone: <see cref="Scope"/>, <see cref="Variables"/>,
/// <see cref="Log"/>, <see cref="Output"/> and <see cref="Background"/>.
/// </summary>
internal sealed class JobState : IDisposable
{
    private readonly Lock gate = new();
    private readonly Lock processes = new();
    private readonly List<StepReport> reports = [];
    private readonly List<string> addedMasks = [];
    private readonly Lazy<string?> node;
    private bool processesBegan;
    private bool failureTold;

    public JobState(JobOrder order, IJobObserver observer, JobRunnerSettings settings, JobCancellation cancellation)
    {
        Order = order;
        Observer = observer;
        Settings = settings;
        Cancellation = cancellation;
        var nodeName = string.IsNullOrEmpty(settings.Actions.Node) ? "node" : settings.Actions.Node;
        node = new Lazy<string?>(() => ExecutableSearch.Find(nodeName, settings.BaseEnvironment.GetValueOrDefault("PATH"), settings.Workspace));
        foreach (var secret in order.Secrets.Values) Masks.Add(secret);
        Masks.Add(order.Token);
        Contexts = new JobContexts(order, settings);
        Variables = new JobVariables(Contexts.Variables);
        Annotations = new Annotations(observer);
        Processes = new JobProcesses(JobProcesses.NewName());
        Log = new StepLog(0, observer, Masks, settings.Clock);
        Files = new StepFilePool(settings.Temp, CommandFilesFolder, Contexts.EventFile, Contexts.WriteEvent);
        Output = new LineSplitter(Masks, Log, settings.Clock);
        Scope = new StepScope { File = Plan.File, Variables = Variables };
        Actions = new JobActions(this);
        Background = new BackgroundSteps(this);
        Memory = new JobMemory(this);
    }

    public JobOrder Order { get; }

    public JobContent Plan => Order.Content;

    public IJobObserver Observer { get; }

    public JobRunnerSettings Settings { get; }

    /// <summary>The workspace's real path before any step could put something else in its place.</summary>
    public string WorkspaceWithoutLinks { get; set; } = "";

    public JobCancellation Cancellation { get; }

    public MaskSet Masks { get; } = new();

    public JobContexts Contexts { get; }

    public Annotations Annotations { get; }

    public JobMatchers Matchers { get; } = new();

    public JobVariables Variables { get; }

    /// <summary>What its steps say they made.</summary>
    public ArtifactSubjects Subjects { get; } = new();

    public JobProcesses Processes { get; }

    public LeftOpenOutputs LeftOpen { get; } = new();

    /// <summary>The job's own lines, stream 0.</summary>
    public StepLog Log { get; }

    /// <summary>Cuts and masks the output of the running script; one buffer for all steps but those in the background.</summary>
    public LineSplitter Output { get; }

    public JobActions Actions { get; }

    public BackgroundSteps Background { get; }

    public JobMemory Memory { get; }

    /// <summary>What steps masked by a command.</summary>
    public IReadOnlyList<string> AddedMasks
    {
        get
        {
            lock (gate) return [.. addedMasks];
        }
    }

    /// <summary>The program for JavaScript actions; null when there is none. Looked for once: what a step puts before the PATH is for the job's scripts, not for actions.</summary>
    public string? Node => node.Value;

    /// <summary>The job's own steps.</summary>
    public StepScope Scope { get; }

    /// <summary>The newest of each step, by number.</summary>
    public IReadOnlyList<StepReport> Reports
    {
        get
        {
            lock (gate) return [.. reports];
        }
    }

    /// <summary>As <c>job.status</c>: success, failure or cancelled.</summary>
    public Conclusion Status => Cancellation.Cancelled ? Conclusion.Cancelled : Scope.Failed ? Conclusion.Failure : Conclusion.Success;

    public string CommandFilesFolder => Path.Combine(Settings.Temp, "_runner_file_commands");

    /// <summary>The job's own copies of actions: beside its temporary folder, which a step may empty.</summary>
    public string ActionsFolder => Path.Combine(Path.GetDirectoryName(Settings.Temp)!, "_actions");

    /// <summary>Of the job's programs.</summary>
    public StepFilePool Files { get; }

    /// <summary>Masks what a step says is secret.</summary>
    public void AddMask(string value)
    {
        Masks.Add(value);
        lock (gate) addedMasks.Add(value);
    }

    /// <summary>Tells of the job's first failure whoever wants to look at it.</summary>
    public void TellFailure(StepFrame frame)
    {
        if (Settings.StepFailed is not { } tell || Cancellation.Cancelled || Interlocked.Exchange(ref failureTold, true)) return;
        var files = Files.Take().Create(Subjects);
        var script = frame.Step.Run is null ? null : frame.Script;
        tell(new FailedStep(StepExecutor.NameOf(frame), script is null ? Settings.Workspace : ScriptStep.WorkingFolder(frame), frame.Environment(files), script));
        files.Delete();
    }

    public void Report(StepReport report)
    {
        lock (gate)
        {
            // Steps begin in their order, so the place is at the end or near it.
            var at = reports.FindLastIndex(known => known.Number <= report.Number);
            if (at >= 0 && reports[at].Number == report.Number) reports[at] = report;
            else reports.Insert(at + 1, report);
        }

        Observer.StepChanged(report);
    }

    /// <summary>Writes what keeps the job from starting, with its places.</summary>
    /// <param name="step">The number that the log is of.</param>
    public void Write(IEnumerable<Diagnostic> problems, int step, StepLog log)
    {
        foreach (var problem in problems)
        {
            log.Write("##[error]" + problem);
            var place = new AnnotationPlace(problem.Place.Line, null, problem.Place.Column, null);
            Annotations.Add(step, Jobs.Annotations.Failure, Masks.Mask(problem.Message), title: null, problem.File, place);
        }
    }

    /// <summary>Whether any program of the job's steps was started.</summary>
    public bool ProcessesBegan
    {
        get
        {
            lock (processes) return processesBegan;
        }
    }

    /// <summary>To be called before every process; the first time it waits until it may exist.</summary>
    public void BeforeProcess()
    {
        lock (processes)
        {
            if (processesBegan) return;
            processesBegan = true;
            Observer.BeforeFirstProcess(Settings.Kill);
        }
    }

    public void Dispose() => LeftOpen.Dispose();
}
