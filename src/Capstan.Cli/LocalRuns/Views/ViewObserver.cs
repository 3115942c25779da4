using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Runner.Jobs;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>Passes on to a view what the runner says of one job.</summary>
internal sealed class ViewObserver(IRunView view, RunTag run, LocalJob job) : IJobObserver
{
    /// <inheritdoc cref="BeforeFirstProcess"/>
    public void StepsBegin()
    {
    }

    /// <summary>Nobody else could be given this job: there is nothing to make known first.</summary>
    public void BeforeFirstProcess(CancellationToken kill)
    {
    }

    public void StepChanged(StepReport step) => view.StepChanged(run, job, step);

    public void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line) => view.Log(run, job, step, line);

    public void AnnotationAdded(Annotation annotation) => view.Annotated(run, job, annotation);

    public void SummaryAdded(int step, string markdown) => view.Summarized(run, job, step, markdown);
}
