namespace Capstan.Orchestration;

/// <summary>What an environment gives to the jobs of it, over what they have without one. Immutable.</summary>
public sealed record EnvironmentValues
{
    /// <summary>Of a job without an environment, and of an environment that nobody has given anything.</summary>
    public static EnvironmentValues None { get; } = new();

    public IReadOnlyDictionary<string, string> Secrets { get; init; } = NodeState.NoOutputs;

    /// <summary>Configuration variables, in the context <c>vars</c> of the job's steps.</summary>
    public IReadOnlyDictionary<string, string> Vars { get; init; } = NodeState.NoOutputs;

    /// <summary>The values with those of the environment in the place of others with the same name, whatever its case.</summary>
    internal static IReadOnlyDictionary<string, string> Over(IReadOnlyDictionary<string, string> values, IReadOnlyDictionary<string, string> ofEnvironment)
    {
        if (ofEnvironment.Count == 0)
        {
            return values;
        }

        var all = new Dictionary<string, string>(values, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in ofEnvironment)
        {
            all[name] = value;
        }

        return all;
    }
}
