using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration.Calls;

/// <summary>What a leg of a calling job became when it was expanded, and what its called workflow sees of it. Never changes.</summary>
/// <param name="Name">The leg's shown name; it stands before those of the called jobs.</param>
/// <param name="Matrix">Of the leg; null without one.</param>
/// <param name="Strategy">Of the leg.</param>
/// <param name="Inputs">The <c>inputs</c> context of the called workflow.</param>
public sealed record CallFacts(string Name, ObjectValue? Matrix, ObjectValue Strategy, ObjectValue Inputs)
{
    /// <summary>Of a leg that calls.</summary>
    public static CallFacts Of(LegSpec leg) =>
        new(leg.Name, leg.Matrix, leg.Strategy, leg.Inputs ?? throw new ArgumentException("The leg calls no workflow.", nameof(leg)));

    /// <summary><c>caller / called</c></summary>
    public string NameOf(string job) => $"{Name} / {job}";
}
