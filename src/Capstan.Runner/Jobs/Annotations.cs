using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Jobs;

/// <summary>The annotations of one job: numbered, and limited for each step and level. Used from the job's thread.</summary>
internal sealed class Annotations(IJobObserver observer)
{
    public const string Notice = "notice";
    public const string Warning = "warning";
    public const string Failure = "failure";

    /// <summary>Of one level in one step. Source: https://docs.github.com/en/rest/checks/runs (and the runner's own limit of ten).</summary>
    public const int MaxPerStepAndLevel = 10;

    /// <summary>A longer message is cut; the log has it whole.</summary>
    public const int MaxMessageLength = 4096;

    private readonly Dictionary<(int Step, string Level), int> counts = [];
    private readonly List<Annotation> all = [];

    public IReadOnlyList<Annotation> All => all;

    /// <summary>Adds one unless the step has ten of its level. Texts are masked already.</summary>
    public void Add(int step, string level, string message, string? title = null, string? file = null, AnnotationPlace place = default)
    {
        var count = counts.GetValueOrDefault((step, level));
        if (count >= MaxPerStepAndLevel) return;
        counts[(step, level)] = count + 1;
        var text = message.Length > MaxMessageLength ? message[..MaxMessageLength] : message;
        var annotation = new Annotation(all.Count + 1, step, level, text, title, file, place.Line, place.EndLine, place.Column, place.EndColumn);
        all.Add(annotation);
        observer.AnnotationAdded(annotation);
    }
}

/// <summary>Where in a file an annotation points; 1-based, null when not said.</summary>
internal readonly record struct AnnotationPlace(int? Line, int? EndLine, int? Column, int? EndColumn);
