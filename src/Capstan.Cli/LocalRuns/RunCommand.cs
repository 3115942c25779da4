using System.Runtime.CompilerServices;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Cli.LocalRuns.Resuming;
using Capstan.Cli.LocalRuns.Views;
using Capstan.Cli.LocalRuns.Workspaces;
using Capstan.Cli.Plans;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Runner.Actions;
using Capstan.Runner.Steps;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.LocalRuns;

/// <summary><c>capstan run</c>: what a push to a server would run, run here.</summary>
internal static class RunCommand
{
    public static HotCommand Command { get; } = new("run", RunHelp.Summary, RunHelp.Text, (arguments, terminal) => Run(RunOptions.Parse(arguments), terminal, TimeProvider.System));

    public static int Run(RunOptions options, Terminal terminal, TimeProvider clock)
    {
        using var rehearsal = options.DryRun ? null : Rehearsal.Begin();
        return RunBeside(options, terminal, clock);
    }

    /// <summary>Apart, because a method loads what it uses before its first line: the rehearsal has begun by then.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunBeside(RunOptions options, Terminal terminal, TimeProvider clock)
    {
        RunOptionChecks.Check(options);
        FailureShell.Require(options, terminal);
        var git = GitFolder.Find(options.Folder)
            ?? throw CommandException.Usage($"{Path.GetFullPath(options.Folder)} is in no git working tree. Run this in one, or make one with 'git init'.");
        return options.Watch ? RunAgainAndAgain(git, options, terminal, clock) : RunOnce(git, options, terminal, clock, CancellationToken.None);
    }

    private static int RunAgainAndAgain(GitFolder git, RunOptions options, Terminal terminal, TimeProvider clock) =>
        new WatchedRuns(terminal, clock).RunAsync(git, stop => RunOnce(git, options, terminal, clock, stop)).GetAwaiter().GetResult();

    /// <param name="stop">Cancels the run.</param>
    private static int RunOnce(GitFolder git, RunOptions options, Terminal terminal, TimeProvider clock, CancellationToken stop)
    {
        // Git lists while the workflow files are read.
        using var tree = new TreeInReading(git);
        var files = WorkflowFiles.Read(git, options.Folder, options.Workflows);
        var happened = MakeEvent(git, options);
        var decided = Decide(files, options, happened, git, tree);
        var fired = Fired(decided, options);
        RunOptionChecks.CheckMatrix(options, fired);
        if (options.DryRun)
        {
            return ShowPlan(LocalPlan.Make(happened, decided, options), anyFired: fired.Count > 0, options, terminal, clock);
        }

        using IRunView view = options.Json ? new JsonView(terminal, clock)
            : terminal.IsInteractive ? new LiveView(terminal, clock)
            : new PlainView(terminal, clock);
        var good = Report(decided, view);
        foreach (var (file, decision) in decided)
        {
            if (decision is { Fires: false })
            {
                view.NotTriggered(file.Workflow!.Name, decision.Why);
            }
        }

        if (options.Jobs.Count > 0 && fired.Count == 0 && good)
        {
            throw NoSuchJob(options);
        }

        var kept = new KeptJobs(UserCache.Folder("failed"), clock);
        var resumption = options.FromStep is null ? null : Resumption.Find(options, kept.Of(git.Root), fired, happened.Ref);
        fired = resumption is null ? fired : [resumption.Workflow];
        AskForTheRest(files, fired, happened, options, terminal);
        if (resumption is not null && !kept.Take(resumption.Job))
        {
            throw CommandException.Usage($"Another call of capstan run goes on with the job '{resumption.Job.Name}' already.");
        }

        using var interruption = Interruption.Watch();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(interruption.First, stop);
        terminal.OutputGone = cancel.Cancel;
        using var folders = new WorkspaceFolders(options, git.Root, terminal.Error);
        var runner = new LocalRunner(options, happened, tree, folders, kept, view, clock, interruption.Second)
        {
            Resumption = resumption,
            StepFailed = options.ShellOnFailure ? step => FailureShell.Open(step, terminal) : null,
        };
        var id = FirstRunId(clock);
        foreach (var workflow in fired)
        {
            var tag = new RunTag(id++, workflow.Name, workflow.File, options.Event, $"{ShortRef(happened.Ref)}@{happened.Sha[..7]}")
            {
                Command = new Lazy<string>(() => RunCommandLine.Of(options, fired.Count > 1 ? workflow.File : null)),
            };
            good &= runner.Run(workflow, tag, cancel.Token) is Conclusion.Success or Conclusion.Skipped;
            if (cancel.IsCancellationRequested)
            {
                return ExitCodes.Interrupted;
            }
        }

        if (options.Keep)
        {
            terminal.Error($"The workspaces are kept in {folders.Root}");
        }

        return good ? ExitCodes.Good : ExitCodes.Bad;
    }

    /// <summary>
    /// The microseconds since 1970: larger with each call, as keys of caches and names of artifacts made of <c>github.run_id</c> expect, and a number that JavaScript keeps whole.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context ("A unique number for each workflow run within a repository").
    /// </summary>
    private static long FirstRunId(TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <exception cref="CommandException">An input is missing or wrong, and nobody can be asked.</exception>
    private static void AskForTheRest(
        IReadOnlyList<WorkflowFile> files, IReadOnlyList<WorkflowDefinition> fired, LocalEvent happened, RunOptions options, Terminal terminal)
    {
        var prompt = !options.Json && terminal.IsInteractive && !Console.IsInputRedirected ? Prompt.Open(terminal) : null;
        if (prompt is not null)
        {
            LocalInputs.Ask(fired, happened, options, terminal, prompt);
        }

        LocalInputs.Require(fired, happened, options);
        // Most workflows name no secret, and to foresee a run takes a part of the time that its start may take.
        if (files.Any(file => file.Yaml.Contains("secrets", StringComparison.OrdinalIgnoreCase)))
        {
            LocalSecrets.Complete(fired, happened, options, terminal, prompt);
        }
    }

    private static LocalEvent MakeEvent(GitFolder git, RunOptions options)
    {
        var commit = git.Commit() is { } sha ? GitCommit.Read(git, sha, s => GitProcess.AskText(git.Root, "cat-file", "commit", s)) : GitCommit.Unknown(LocalEvent.NoCommit);
        return LocalEvent.Create(git, commit, options);
    }

    /// <summary>Says what is wrong with the files; false when one of them is refused.</summary>
    private static bool Report(IReadOnlyList<DecidedWorkflow> workflows, IRunView view)
    {
        var good = true;
        foreach (var (file, _) in workflows)
        {
            if (file.Workflow is null)
            {
                good = false;
                view.WorkflowInvalid(file.File, [.. file.Diagnostics.Where(d => d.Severity == Severity.Error)]);
            }

            foreach (var diagnostic in file.Diagnostics)
            {
                if (diagnostic.Severity == Severity.Warning)
                {
                    view.Warned(run: null, job: null, diagnostic);
                }
            }
        }

        return good;
    }

    /// <summary>What the event does with each file; null for those that are invalid.</summary>
    private static List<DecidedWorkflow> Decide(
        IReadOnlyList<WorkflowFile> files, RunOptions options, LocalEvent happened, GitFolder git, TreeInReading tree)
    {
        var input = new TriggerInput
        {
            Event = happened.Name,
            Ref = happened.Ref,
            Action = happened.Action,
            BaseRef = happened.BaseRef.Length > 0 ? happened.BaseRef : null,
            ChangedPaths = new Lazy<IReadOnlyList<string>?>(() => options.Changed.Count > 0 ? options.Changed : ChangedFiles.Since(git, happened.Before, tree)),
        };
        var called = new WorkflowSources(LocalActions.Of(options, git.Root, Environment.GetEnvironmentVariable), BaseEnvironment.FromThisProcess());
        var decided = new List<DecidedWorkflow>(files.Count);
        foreach (var file in files)
        {
            decided.Add(Decide(file, input, called));
        }

        return decided;
    }

    /// <summary>What a workflow calls is looked for only when it fires.</summary>
    private static DecidedWorkflow Decide(WorkflowFile file, TriggerInput input, WorkflowSources called)
    {
        var decision = file.Workflow is null ? null : TriggerMatcher.Decide(file.Workflow, input);
        var whole = decision is { Fires: true } ? file.WithCalls(called.Find) : file;
        return new DecidedWorkflow(whole, whole.Workflow is null ? null : decision);
    }

    /// <summary>The workflows that the event fires, with the jobs that were asked for.</summary>
    private static List<WorkflowDefinition> Fired(IReadOnlyList<DecidedWorkflow> decided, RunOptions options)
    {
        var fired = new List<WorkflowDefinition>(decided.Count);
        foreach (var (file, decision) in decided)
        {
            if (decision is { Fires: true } && JobSelection.Apply(file.Workflow!, options.FromStep is null ? options.Jobs : []) is { } workflow)
            {
                fired.Add(workflow);
            }
        }

        return fired;
    }

    private static int ShowPlan(LocalPlan plan, bool anyFired, RunOptions options, Terminal terminal, TimeProvider clock) =>
        options.Jobs.Count == 0 || anyFired || plan.Workflows.Any(w => w.File.Workflow is null)
            ? PlanCommand.Show(plan, options.Json, terminal, clock)
            : throw NoSuchJob(options);

    private static CommandException NoSuchJob(RunOptions options) =>
        CommandException.Usage($"No workflow that '{options.Event}' fires has a job {string.Join(" or ", options.Jobs)}.");

    private static string ShortRef(string reference)
    {
        var parts = TextParts.Of(reference, '/');
        return parts is [var refs, var kind, _, ..] ? reference[(refs.Length + kind.Length + 2)..] : parts[^1];
    }
}
