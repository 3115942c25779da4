using System.Globalization;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Jobs;

/// <summary>
/// The annotations of one job: numbered, and limited for each step and level and for the job. What is beyond is counted. Safe from any thread.
/// Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
/// </summary>
internal sealed class Annotations(IJobObserver observer)
{
    public const string Notice = "notice";
    public const string Warning = "warning";
    public const string Failure = "failure";

    /// <summary>Of one level in one step.</summary>
    public const int MaxPerStepAndLevel = 10;

    /// <summary>Of all levels in all steps.</summary>
    public const int MaxPerJob = 50;

    /// <summary>A longer message is cut; the log has it whole.</summary>
    public const int MaxMessageLength = 4096;

    private readonly Lock gate = new();
    private readonly List<Annotation> all = [];

    // Made for the first annotation: most jobs have none.
    private Dictionary<(int Step, string Level), int> Counts => field ??= [];

    private Dictionary<int, int> Omitted => field ??= [];

    public IReadOnlyList<Annotation> All
    {
        get
        {
            lock (gate) return [.. all];
        }
    }

    /// <summary>Adds one within the limits. Texts are masked already.</summary>
    public void Add(int step, string level, string message, string? title = null, string? file = null, AnnotationPlace place = default)
    {
        var text = message.Length > MaxMessageLength ? message[..MaxMessageLength] : message;
        Annotation annotation;
        lock (gate)
        {
            var count = Counts.GetValueOrDefault((step, level));
            if (count >= MaxPerStepAndLevel || all.Count >= MaxPerJob)
            {
                Omitted[step] = Omitted.GetValueOrDefault(step) + 1;
                return;
            }

            Counts[(step, level)] = count + 1;
            annotation = new Annotation(all.Count + 1, step, level, text, title, file, place.Line, place.EndLine, place.Column, place.EndColumn);
            all.Add(annotation);
        }

        observer.AnnotationAdded(annotation);
    }

    /// <summary>Says, once, what of a step was beyond the limits; null when nothing was.</summary>
    public string? TakeOmitted(int step)
    {
        int count;
        lock (gate)
        {
            if (all.Count == 0 || !Omitted.Remove(step, out count)) return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count} more of this step's errors, warnings and notices are in its log only: a step has at most {MaxPerStepAndLevel} annotations of a kind, a job {MaxPerJob}.");
    }
}

/// <summary>Where in a file an annotation points; 1-based, null when not said.</summary>
internal readonly record struct AnnotationPlace(int? Line, int? EndLine, int? Column, int? EndColumn)
{
    /// <summary>
    /// Without what cannot be shown: an end without a beginning is the beginning, an end before it and columns without a line or over several lines are dropped.
    /// Source: https://docs.github.com/en/rest/checks/runs#create-a-check-run (annotations: start_column and end_column).
    /// </summary>
    public AnnotationPlace Sound()
    {
        var line = Line ?? EndLine;
        var (endLine, column, endColumn) = (EndLine, Column ?? EndColumn, EndColumn);
        if (line is null || (endLine is not null && endLine != line)) (column, endColumn) = (null, null);
        if (endLine < line) (line, endLine) = (null, null);
        if (endColumn < column) (column, endColumn) = (null, null);
        return new AnnotationPlace(line, endLine, column, endColumn);
    }
}
