using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The <c>steps</c> context of one job, as it grows from step to step.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#steps-context
/// </summary>
internal sealed class StepTypes
{
    private readonly ObjectType all;
    private readonly Dictionary<string, int> order = new(StringComparer.OrdinalIgnoreCase);

    public StepTypes(JobNode job, Neighbours neighbours)
    {
        var types = new Dictionary<string, ExpressionType>(StringComparer.OrdinalIgnoreCase);
        foreach (var step in job.Steps)
        {
            if (step.Id is not { Text: var id } || !order.TryAdd(id, step.Index))
                continue;
            types[id] = ObjectType.Of(("outputs", OutputsOf(step, neighbours)), ("conclusion", ExpressionType.String), ("outcome", ExpressionType.String));
        }

        all = new ObjectType(types);
    }

    /// <param name="index">Of the step that asks; steps from there on have no results yet.</param>
    public ObjectType Before(int index) => new GrowingObjectType(all, order, index);

    /// <summary>Scripts and actions of other repositories write outputs of any name; a local action says which it has.</summary>
    private static ObjectType OutputsOf(StepNode step, Neighbours neighbours) =>
        step.Uses is { Text: var uses } && neighbours.FindAction(uses) is { IsReadable: true } action
            ? new ObjectType(ObjectType.Index(action.Outputs.Select(name => (name, ExpressionType.String))))
            : ObjectType.MapOf(ExpressionType.String);
}
