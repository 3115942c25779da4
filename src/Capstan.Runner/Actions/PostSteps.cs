using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>The steps of a job, or of a composite action, that have something to do at the job's end. The one that began last comes first. Used from the job's thread.</summary>
internal sealed class PostSteps
{
    private readonly List<Entry> entries = [];

    public bool Any => entries.Count > 0;

    public IEnumerable<Entry> LastFirst => Enumerable.Reverse(entries);

    /// <summary>A stage of the step begins. One that has begun before keeps its place, and has the newest scope.</summary>
    public void Add(StepFrame frame)
    {
        var entry = new Entry(frame.Step, frame.Scope, frame.Action);
        var index = entries.FindIndex(e => e.Step == frame.Step);
        if (index < 0) entries.Add(entry);
        else entries[index] = entry;
    }

    internal sealed record Entry(StepDefinition Step, StepScope Scope, string Action);
}
