using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>One use of an action by one step, through all its stages. Used from the thread of one stage at a time.</summary>
internal sealed class ActionUse(ActionFound found)
{
    public ActionFound Found { get; } = found;

    /// <summary>What the action saved for its later stages; they see it as STATE_name.</summary>
    public Dictionary<string, string> State { get; } = new(StringComparer.Ordinal);

    /// <summary>Of a composite action: what its own steps use.</summary>
    public ActionUses Inside { get; } = new();

    /// <summary>Set by a built-in action that has something to do at the job's end.</summary>
    public bool WantsPost { get; set; }

    /// <summary>Whether there is something to do after the job's last step, once an earlier stage has begun.</summary>
    public bool HasPost => Found switch
    {
        ActionFound.JavaScript script => script.Definition.Post is not null,
        ActionFound.Composite => Inside.Posts.Any,
        _ => WantsPost,
    };
}

/// <summary>The actions that the steps of a job, or of a composite action, use. The same at every stage. Safe from several threads, each with steps of its own.</summary>
internal sealed class ActionUses
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ActionUse> uses = new(StringComparer.OrdinalIgnoreCase);

    public PostSteps Posts { get; } = new();

    /// <summary>Null for a step that has used nothing.</summary>
    public ActionUse? Find(string id)
    {
        lock (gate) return uses.GetValueOrDefault(id);
    }

    public ActionUse Of(StepDefinition step, Func<ActionFound> find)
    {
        lock (gate)
        {
            if (uses.TryGetValue(step.Id, out var known)) return known;
        }

        var use = new ActionUse(find());
        lock (gate) uses[step.Id] = use;
        return use;
    }
}
