using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>
/// Finds the actions that a job's steps name. Remote ones, and the remote ones that they use in turn, are found before the first step; those of the workspace when
/// their step's turn comes, since a checkout may bring them. <see cref="Find"/> is safe from several threads; all else is for the job's, before its first step.
/// </summary>
internal sealed class JobActions(JobState job)
{
    /// <summary>Different remote actions of one job, nested ones included: what ends actions that use ever more of each other.</summary>
    public const int MaxRemote = 500;

    private static readonly TimeSpan AskAgain = new(0, 0, 0, 0, 50);

    private readonly ActionSources sources = new(job);
    private readonly Lock finding = new();

    // Made when the first action is looked for.
    private Dictionary<ActionReference.Remote, ActionFound> Remote => field ??= [];

    private Dictionary<(ActionReference.Remote Reference, int Depth), string?> Problems => field ??= [];

    private Dictionary<(ActionReference.Remote Reference, int Depth), bool> Pres => field ??= [];

    /// <summary>The action of a step whose turn has come.</summary>
    /// <param name="from">Of the composite action that the step stands in; null for those of the workspace and in the job.</param>
    /// <param name="log">Told what is fetched.</param>
    /// <param name="unwanted">Asked from time to time, from any thread; true ends the search.</param>
    public ActionFound Find(string uses, ActionOrigin? from, StepLog log, Func<bool> unwanted)
    {
        // One step at a time: those beside it may want the same action. Waiting for a download of theirs ends as one's own does.
        while (!finding.TryEnter(AskAgain))
        {
            if (unwanted()) return new ActionFound.Stopped();
        }

        try
        {
            return FindAlone(uses, from, log, unwanted);
        }
        finally
        {
            finding.Exit();
        }
    }

    private ActionFound FindAlone(string uses, ActionOrigin? from, StepLog log, Func<bool> unwanted)
    {
        if (ReferenceOf(uses, from) is ActionReference.Remote reference)
        {
            FindRemote([reference], log, unwanted);
            return Remote.GetValueOrDefault(reference) ?? new ActionFound.Stopped();
        }

        var found = FindLocal(uses);
        return found is ActionFound.Composite composite && !FindRemote(RemoteIn(composite.Definition.Steps, composite.Origin), log, unwanted) ? new ActionFound.Stopped() : found;
    }

    /// <summary>The action of the workspace, if it is there already; null for others.</summary>
    public ActionFound? FindEarly(string uses) => ReferenceOf(uses, from: null) is ActionReference.Remote ? null : FindLocal(uses);

    /// <summary>Whether there is something to find before the first step.</summary>
    public bool NeedSetUp
    {
        get
        {
            foreach (var step in job.Plan.Job.EachStep)
            {
                if (step.Uses is { } uses && ReferenceOf(uses, from: null) is ActionReference.Remote reference && !sources.IsBuiltIn(reference)) return true;
            }

            return false;
        }
    }

    /// <summary>Finds all remote actions of the job's steps; what is wrong with one is said by <see cref="Problem"/>.</summary>
    /// <param name="log">Told what is fetched.</param>
    public void SetUp(StepLog log) => FindRemote(RemoteIn(job.Plan.Job.EachStep, from: null), log, () => job.Cancellation.Cancelled);

    /// <summary>Why a step's action, or one that it uses, cannot be executed here; null when nothing is known against it.</summary>
    public string? Problem(string uses, ActionOrigin? from = null, int depth = 0) => OfRemote(Problems, uses, from, depth, otherwise: null, found => found switch
    {
        ActionFound.NotExecuted not => not.Message,
        ActionFound.Missing missing => missing.Message,
        ActionFound.JavaScript script when job.Node is null => JavaScriptAction.WithoutNode(uses, script),
        ActionFound.Composite when depth == CompositeAction.MaxDepth => CompositeAction.TooDeep,
        ActionFound.Composite composite => composite.Definition.Steps
            .Select(step => step.Uses is null ? null : Problem(step.Uses, composite.Origin, depth + 1))
            .FirstOrDefault(problem => problem is not null),
        _ => null,
    });

    /// <summary>Whether the action has something to do before the job's first step. One of the workspace never has, as on GitHub: nobody knows of it so early.</summary>
    public bool HasPre(string uses, ActionOrigin? from, int depth = 0) => OfRemote(Pres, uses, from, depth, otherwise: false, found => found switch
    {
        ActionFound.JavaScript script => script.Definition.Pre is not null,
        ActionFound.Composite composite when depth < CompositeAction.MaxDepth =>
            composite.Definition.Steps.Any(step => step.Uses is not null && HasPre(step.Uses, composite.Origin, depth + 1)),
        _ => false,
    });

    /// <summary>What is to be known of a remote action that was found. Worked out once for each depth: on many ways through other actions the same one is come to.</summary>
    private T OfRemote<T>(Dictionary<(ActionReference.Remote Reference, int Depth), T> known, string uses, ActionOrigin? from, int depth, T otherwise, Func<ActionFound, T> ask)
    {
        if (ReferenceOf(uses, from) is not ActionReference.Remote reference || !Remote.TryGetValue(reference, out var found)) return otherwise;
        if (!known.TryGetValue((reference, depth), out var answer)) known[(reference, depth)] = answer = ask(found);
        return answer;
    }

    private ActionFound FindLocal(string uses) => ActionReference.Parse(uses) is ActionReference.Local local
        ? ActionManifest.Read(uses, Path.GetFullPath(local.Path, job.Settings.Workspace), origin: null)
        : new ActionFound.NotExecuted($"'{uses}' is not executed yet");

    /// <summary>Level by level: what one action uses is known only when its manifest was read.</summary>
    /// <returns>False: it became unwanted, and not all were found out about.</returns>
    private bool FindRemote(IEnumerable<ActionReference.Remote> wanted, StepLog log, Func<bool> unwanted)
    {
        var next = wanted.Distinct().Where(reference => !Remote.ContainsKey(reference)).ToList();
        while (next.Count > 0)
        {
            var found = Remote.Count + next.Count > MaxRemote
                ? next.Select(_ => (ActionFound)new ActionFound.Missing($"The job uses more than {MaxRemote} remote actions")).ToList()
                : sources.Find(next, log, unwanted);
            if (unwanted()) return false;
            for (var i = 0; i < next.Count; i++) Remote[next[i]] = found[i];
            next = [.. found.OfType<ActionFound.Composite>()
                .SelectMany(composite => RemoteIn(composite.Definition.Steps, composite.Origin))
                .Distinct()
                .Where(reference => !Remote.ContainsKey(reference))];
        }

        return true;
    }

    private IEnumerable<ActionReference.Remote> RemoteIn(IEnumerable<StepDefinition> steps, ActionOrigin? from)
    {
        foreach (var step in steps)
        {
            if (step.Uses is { } uses && ReferenceOf(uses, from) is ActionReference.Remote reference) yield return reference;
        }
    }

    /// <param name="from">Of the file that the reference stands in; null: the job's own repository.</param>
    private ActionReference ReferenceOf(string uses, ActionOrigin? from) => ActionReference.Parse(uses) switch
    {
        ActionReference.SameRepository same => (from ?? sources.Own).Sibling(same.Path),
        var other => other,
    };
}
