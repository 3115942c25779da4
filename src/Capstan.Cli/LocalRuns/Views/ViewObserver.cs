using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Runner.Jobs;
using Capstan.Workflows.Definitions;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>Passes on to a view what the runner says of one job.</summary>
/// <param name="file">The workflow's, in which the job stands.</param>
internal sealed class ViewObserver(IRunView view, RunTag run, LocalJob job, string file) : IJobObserver
{
    private readonly List<JobCheckpoint> checkpoints = [];

    /// <summary>At the beginning of each of the job's steps so far. To be asked for when the job has ended.</summary>
    public IReadOnlyList<JobCheckpoint> Checkpoints => checkpoints;

    /// <inheritdoc cref="BeforeFirstProcess"/>
    public void StepsBegin()
    {
    }

    /// <summary>Nobody else could be given this job: there is nothing to make known first.</summary>
    public void BeforeFirstProcess(CancellationToken kill)
    {
    }

    public void StepNext(Func<JobCheckpoint> take) => checkpoints.Add(take());

    public void StepPlaced(int number, StepDefinition step) =>
        view.StepPlaced(run, job, number, new StepPlace(file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file, step.Place.Line));

    public void StepChanged(StepReport step) => view.StepChanged(run, job, step);

    public void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line) => view.Log(run, job, step, line);

    public void LogPaused() => view.LogPaused();

    public void AnnotationAdded(Annotation annotation) => view.Annotated(run, job, annotation);

    public void SummaryAdded(int step, string markdown) => view.Summarized(run, job, step, markdown);
}
