using System.Globalization;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>What <c>with</c> gives to a built-in action, evaluated. Names are without regard to case. Immutable.</summary>
internal sealed class GivenInputs(IEnumerable<KeyValuePair<string, string>> given)
{
    private static readonly string[] Yes = ["true", "True", "TRUE"];
    private static readonly string[] No = ["false", "False", "FALSE"];

    private readonly Dictionary<string, string> byName = new(given, StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Names => byName.Keys;

    /// <summary>As written; null when it is not given.</summary>
    public string? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Without white space around it; the default when nothing is left.</summary>
    public string Text(string name, string otherwise) => Find(name)?.Trim() is { Length: > 0 } text ? text : otherwise;

    /// <exception cref="StepFailure">It is not given, or empty.</exception>
    public string Required(string name) => Text(name, "") is { Length: > 0 } text ? text : throw new StepFailure($"Input required and not supplied: {name}");

    /// <summary>Everything but <c>true</c> is no.</summary>
    public bool Flag(string name, bool otherwise) => Find(name) is { Length: > 0 } text ? string.Equals(text, "true", StringComparison.OrdinalIgnoreCase) : otherwise;

    /// <summary>Only what YAML calls a boolean will do. Source: https://yaml.org/spec/1.2.2/#1032-tag-resolution</summary>
    /// <exception cref="StepFailure">It is neither.</exception>
    public bool Boolean(string name, bool otherwise)
    {
        var text = Text(name, otherwise ? "true" : "false");
        if (Yes.Contains(text)) return true;
        return No.Contains(text)
            ? false
            : throw new StepFailure($"Input does not meet YAML 1.2 \"Core Schema\" specification: {name}\nSupport boolean input list: `true | True | TRUE | false | False | FALSE`");
    }

    /// <exception cref="StepFailure">It is no number from <paramref name="least"/> to <paramref name="most"/>.</exception>
    public int Number(string name, int otherwise, int least, int most)
    {
        var text = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new StepFailure($"Invalid {name}: '{text}'. Give a whole number from {least} to {most}");
    }

    /// <summary>Lines without white space around them, empty ones left out.</summary>
    public IReadOnlyList<string> Lines(string name) => (Find(name) ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
