using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Actions;

/// <summary>
/// The inputs of one use of an action: as given, else by default. A required input that is missing is empty and no error, as on GitHub.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs
/// </summary>
/// <param name="Declared">In the manifest's order.</param>
/// <param name="Undeclared">Given all the same; scripts see them, steps of a composite action do not.</param>
internal sealed record ActionInputs(IReadOnlyList<KeyValuePair<string, string>> Declared, IReadOnlyList<KeyValuePair<string, string>> Undeclared)
{
    /// <exception cref="StepFailure">A value or a default cannot be evaluated.</exception>
    public static ActionInputs Of(StepFrame frame, ActionDefinition action)
    {
        var given = frame.Reader.Map(frame.Step.With);
        var defaults = new TokenReader(action.File, frame.Contexts);
        var declared = action.Inputs.Select(input => new KeyValuePair<string, string>(
            input.Name, given.FirstOrDefault(g => Same(g.Key, input.Name)).Value ?? defaults.Text(input.Default)));
        return new ActionInputs([.. declared], [.. given.Where(g => !action.Inputs.Any(input => Same(input.Name, g.Key)))]);
    }

    /// <summary>The <c>inputs</c> context inside the action.</summary>
    public ObjectValue ToContext() => new(Declared.Select(input => new KeyValuePair<string, Value>(input.Key, Value.Of(input.Value))));

    /// <summary>Says what of the inputs given is not meant to be given.</summary>
    public void Warn(StepFrame frame, ActionDefinition action)
    {
        if (Undeclared.Count > 0)
        {
            frame.Warn($"Unexpected input(s) {Names(Undeclared.Select(i => i.Key))}, valid inputs are [{Names(action.Inputs.Select(i => i.Name))}]");
        }

        var given = frame.Reader.Map(frame.Step.With);
        foreach (var input in action.Inputs)
        {
            if (input.DeprecationMessage is { } message && given.Any(g => Same(g.Key, input.Name)))
            {
                frame.Warn($"Input '{input.Name}' has been deprecated with message: {message}");
            }
        }
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
