using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Jobs;

/// <summary>
/// What a runner executes: one job, and what its steps may know. Made from the message of a server, or by <c>capstan run</c> as it is. Immutable, so safe to share.
/// </summary>
public sealed record JobOrder
{
    public required JobContent Content { get; init; }

    /// <summary>The key in the file.</summary>
    public required string Key { get; init; }

    /// <summary>The shown name, with its matrix values.</summary>
    public required string Name { get; init; }

    /// <summary>The contexts known when the job starts, by their names: github, job, needs, strategy, matrix, vars, inputs.</summary>
    public required ObjectValue Contexts { get; init; }

    public required IReadOnlyDictionary<string, string> Secrets { get; init; }

    /// <summary>The base address a job uses for its own server, without a slash at its end; empty: it has none.</summary>
    public required string ServerUrl { get; init; }

    /// <summary>The job token, also among <see cref="Secrets"/> as GITHUB_TOKEN; empty: it has none.</summary>
    public required string Token { get; init; }
}
