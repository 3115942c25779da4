using Capstan.Workflows.Triggers;

namespace Capstan.Workflows.Schema;

/// <summary>
/// What may stand under <c>on</c>: a name, names, or a mapping from names to filters.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
/// </summary>
internal static class EventSchema
{
    private static readonly Rule Patterns = Rules.OneOrMany(Rules.Filled);

    private static readonly Rule InputDefault = Rules.ScalarWith(null);

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs</remarks>
    private static readonly Rule DispatchInput = Rules.MappingOrNull(
        ("description", Rules.Text),
        ("deprecationMessage", Rules.Text),
        ("type", Rules.OneOf("string", "boolean", "number", "choice", "environment")),
        ("required", Rules.Boolean),
        ("default", InputDefault),
        ("options", Rules.Sequence(Rules.Text)));

    /// <remarks>The service ignores keys it does not know here.</remarks>
    private static readonly Rule Dispatch = new Rule { AllowsNull = true }
        .Define(null, new MappingForm(("inputs", Rules.MapOrNull(DispatchInput))) { IgnoresOthers = true });

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callinputs</remarks>
    private static readonly Rule CallInput = Rules.Mapping(
        ("description", Rules.Text),
        ("type!", Rules.OneOf("string", "boolean", "number")),
        ("required", Rules.Boolean),
        ("default", Rules.ScalarWith(Availability.CallInputDefault)));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_calloutputs</remarks>
    private static readonly Rule CallOutput = Rules.Mapping(("description", Rules.Text), ("value!", Rules.TextWith(Availability.CallOutput)));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callsecrets</remarks>
    private static readonly Rule Call = Rules.MappingOrNull(
        ("inputs", Rules.Map(CallInput)),
        ("outputs", Rules.Map(CallOutput)),
        ("secrets", Rules.Map(Rules.MappingOrNull(("description", Rules.Text), ("required", Rules.Boolean)))));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onschedule</remarks>
    private static readonly Rule Schedule = Rules.Sequence(Rules.Mapping(("cron!", Rules.Filled), ("timezone", Rules.Filled)));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_runbranchesbranches-ignore</remarks>
    private static readonly Rule WorkflowRun = Rules.MappingOrNull(
        ("types", Types(EventCatalog.Find("workflow_run")!.Types)), ("workflows", Patterns), ("branches", Patterns), ("branches-ignore", Patterns));

    /// <remarks>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#image_version</remarks>
    private static readonly Rule ImageVersion = Rules.MappingOrNull(
        ("types", Types(EventCatalog.Find("image_version")!.Types)),
        ("names", Patterns),
        ("versions", Patterns));

    public static Rule On { get; } = Build();

    /// <summary>What may stand under one event that has filters or inputs.</summary>
    public static Rule Of(string name) => name is "workflow_dispatch" ? Dispatch : Ordinary(EventCatalog.Find(name)!);

    private static Rule Build()
    {
        var names = new List<string>();
        var events = new List<SchemaKey>();
        foreach (var known in EventCatalog.All)
        {
            names.Add(known.Name);
            events.Add(new SchemaKey(known.Name, RuleOf(known)));
        }

        var name = Rules.OneOf([.. names]);
        return new Rule { Text = name.Text }.Define(name, new MappingForm([.. events]));
    }

    private static Rule RuleOf(EventDefinition known) => known.Name switch
    {
        "image_version" => ImageVersion,
        "repository_dispatch" => Rules.MappingOrNull(("types", Patterns)),
        "schedule" => Schedule,
        "workflow_call" => Call,
        "workflow_dispatch" => Dispatch,
        "workflow_run" => WorkflowRun,
        _ => Ordinary(known),
    };

    private static Rule Ordinary(EventDefinition known)
    {
        var keys = new List<SchemaKey>();
        if (known.Types.Count > 0)
            keys.Add(("types", Types(known.Types)));
        Add(EventFilters.Branches, "branches");
        Add(EventFilters.Tags, "tags");
        Add(EventFilters.Paths, "paths");
        return Rules.MappingOrNull([.. keys]);

        void Add(EventFilters filter, string key)
        {
            if (!known.Filters.HasFlag(filter))
                return;
            keys.Add((key, Patterns));
            keys.Add((key + "-ignore", Patterns));
        }
    }

    private static Rule Types(IEnumerable<string> types) => Rules.OneOrMany(Rules.OneOf([.. types]));
}
