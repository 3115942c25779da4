using Capstan.Contracts.RunnerProtocol;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Jobs;

/// <summary>
/// Sees a job while it runs. All calls come from the job's threads and must return quickly: a slow observer slows the job's output. A step's calls come in
/// order; calls of different steps may overlap. Nothing in them holds a secret: values are masked before.
/// </summary>
public interface IJobObserver
{
    /// <summary>Called at most once, when nothing is left to be fetched: the job's first step comes next. Not called for a job that comes to none.</summary>
    void StepsBegin();

    /// <summary>
    /// Called once, after the first step was reported as started and before the first process of the job is spawned; the job goes on when it returns.
    /// A server must know of the start before the process exists, or it could give the job to a second runner.
    /// </summary>
    void BeforeFirstProcess(CancellationToken kill);

    /// <summary>A step of the workflow's file has its turn under this number, at one of its stages: before anything else is said of the number.</summary>
    void StepPlaced(int number, StepDefinition step)
    {
    }

    /// <summary>
    /// The steps before one of the job's have ended, or been launched, and it comes next; also called when the last one has ended.
    /// </summary>
    /// <param name="take">Answers what is to be kept to begin there later; valid during the call only.</param>
    void StepNext(Func<JobCheckpoint> take)
    {
    }

    /// <summary>A step began or ended. Step numbers are stable; the newest report of a number counts.</summary>
    void StepChanged(StepReport step);

    /// <summary>One line, without its line end, of at most <see cref="Logs.LineSplitter.MaxLineBytes"/> bytes; usually but not always valid UTF-8.</summary>
    /// <param name="step">The step's number; 0 is the job itself.</param>
    /// <param name="line">Masked. Valid during the call only.</param>
    void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line);

    /// <summary>The lines of a moment have been told: an observer that gathers lines is to show them now.</summary>
    void LogPaused()
    {
    }

    void AnnotationAdded(Annotation annotation);

    /// <summary>A step wrote to <c>GITHUB_STEP_SUMMARY</c>; called once, when the step ends.</summary>
    void SummaryAdded(int step, string markdown);
}
