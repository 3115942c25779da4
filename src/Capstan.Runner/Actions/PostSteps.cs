using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>The steps of a job, or of a composite action, that have something to do at the job's end. The one that began last comes first. Safe from several threads.</summary>
internal sealed class PostSteps
{
    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];

    public bool Any
    {
        get
        {
            lock (gate) return entries.Count > 0;
        }
    }

    /// <summary>Of steps that ran beside each other, too, the order is that in which they began: that of their numbers.</summary>
    public IReadOnlyList<Entry> LastFirst
    {
        get
        {
            lock (gate) return entries.Count == 0 ? [] : Sorted_NeedsLock();
        }
    }

    /// <summary>A stage of the step begins. One that has begun before keeps its place, and has the newest scope.</summary>
    public void Add(StepFrame frame)
    {
        var entry = new Entry(frame.Step, frame.Scope.Home, frame.Action, frame.Number);
        lock (gate)
        {
            var index = entries.FindIndex(e => ReferenceEquals(e.Step, frame.Step));
            if (index < 0) entries.Add(entry);
            else entries[index] = entry with { Number = entries[index].Number };
        }
    }

    private Entry[] Sorted_NeedsLock() => [.. entries.OrderBy(entry => entry.Number).Reverse()];

    /// <param name="Number">Of the job's step whose stage began first.</param>
    internal sealed record Entry(StepDefinition Step, StepScope Scope, string Action, int Number);
}
