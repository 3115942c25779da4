using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>Shows local runs: to a person at a terminal, to a file, or to a program. Calls come from several threads at once and return quickly.</summary>
internal interface IRunView : IDisposable
{
    /// <summary>The file is refused; none of its jobs runs.</summary>
    void WorkflowInvalid(string file, IReadOnlyList<Diagnostic> errors);

    /// <summary>Worth knowing, about a file (its place known) or about a job.</summary>
    void Warned(RunTag? run, LocalJob? job, Diagnostic warning);

    void NotTriggered(string workflow, string why);

    void RunStarted(RunTag run);

    void JobQueued(RunTag run, LocalJob job);

    void JobStarted(RunTag run, LocalJob job);

    /// <summary>Where in its file the step stands that will be reported under this number.</summary>
    void StepPlaced(RunTag run, LocalJob job, int number, StepPlace place);

    void StepChanged(RunTag run, LocalJob job, StepReport step);

    /// <param name="line">Masked, without a line end; valid during the call only.</param>
    void Log(RunTag run, LocalJob job, int step, ReadOnlySpan<byte> line);

    /// <summary>No more lines follow at once: what was gathered of them is to be seen now.</summary>
    void LogPaused();

    void Annotated(RunTag run, LocalJob job, Annotation annotation);

    /// <summary>A step wrote something for people; a composite step may do so several times.</summary>
    /// <param name="markdown">Masked.</param>
    void Summarized(RunTag run, LocalJob job, int step, string markdown);

    /// <summary>Gives the window to something else until it returns; what is to be shown meanwhile waits.</summary>
    /// <param name="job">Whose running steps are shown before.</param>
    void Interrupt(LocalJob job, Action act);

    /// <summary>The folders of a job that has failed are kept. Comes before its end.</summary>
    /// <param name="step">The one that failed, as <c>--from-step</c> finds it.</param>
    void JobKept(RunTag run, LocalJob job, string step, string workspace);

    /// <summary>Also for jobs that never started: skipped, cancelled while they waited, refused.</summary>
    void JobCompleted(RunTag run, LocalJob job, JobOutcome outcome);

    /// <param name="files">Of all artifacts that the run uploaded; absolute.</param>
    void ArtifactsKept(RunTag run, IReadOnlyList<string> files);

    void RunCompleted(RunTag run, Conclusion conclusion, TimeSpan duration);
}

/// <summary>One run of <c>capstan run</c>.</summary>
/// <param name="Id">From 1, in this call.</param>
/// <param name="Workflow">Its name.</param>
/// <param name="Commit">What is checked out, for people.</param>
internal sealed record RunTag(long Id, string Workflow, string File, string Event, string Commit)
{
    /// <summary>What to type for this run again, before what chooses jobs. Only a run that failed needs it.</summary>
    public Lazy<string> Command { get; init; } = new("capstan run");
}

/// <summary>A step as its workflow's file has it.</summary>
/// <param name="Line">From 1.</param>
internal sealed record StepPlace(string File, int Line);
