using Capstan.Orchestration.Calls;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Forecasts;

/// <summary>
/// What the jobs of a called workflow know beforehand of their call. One stands for all legs of the caller: an input that differs between them is not known.
/// </summary>
/// <param name="OpenInputs">Names of the inputs that are not known.</param>
/// <param name="Permissions">What the caller's token may do; null: what the repository's setting gives.</param>
internal sealed record CallForeknowledge(CallFacts Facts, IReadOnlySet<string> OpenInputs, PermissionSet? Permissions)
{
    /// <param name="caller">As its author wrote it.</param>
    /// <param name="legs">Of the caller, expanded with what is known; at least one.</param>
    /// <param name="inLeg">From where the caller gives its inputs.</param>
    public static CallForeknowledge Of(NodePlan caller, IReadOnlyList<LegSpec> legs, ForecastScope inLeg, PermissionSet? permissions)
    {
        var inputs = legs[0].Inputs!;
        var given = caller.Job.With as MappingToken;
        var open = inputs.Properties
            .Select(input => input.Key)
            .Where(name => inLeg.Open(given?.Find(name)).Count > 0 || Differs(name))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        return new CallForeknowledge(new CallFacts(caller.PlainName, legs[0].Matrix, legs[0].Strategy, inputs), open, permissions);

        bool Differs(string name) => legs.Select(leg => ValueText.Of(leg.Inputs!.Find(name)!)).Distinct(StringComparer.Ordinal).Skip(1).Any();
    }
}
