using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>An input of an action.</summary>
/// <param name="Deprecation">Why it should not be used any more; null when nothing is said. May be empty.</param>
internal sealed record LocalInput(string Name, bool Required, string? Deprecation);

/// <summary>
/// An action of the same repository, by its manifest. Read leniently: what is wrong in it is a list, and inputs and outputs are known all the
/// same.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs
/// </summary>
internal sealed record LocalAction(string Path, IReadOnlyList<ManifestMistake> Mistakes)
{
    /// <summary>Whether inputs and outputs could be read.</summary>
    public bool IsReadable { get; init; }

    public IReadOnlyDictionary<string, LocalInput> Inputs { get; init; } = new Dictionary<string, LocalInput>();

    public IReadOnlyList<LocalInput> RequiredInputs => field ??= [.. Inputs.Values.Where(input => input.Required)];

    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <param name="folder">Relative to the repository's root.</param>
    public static LocalAction Read(string folder, LintFile manifest, ILintFiles files)
    {
        var mistakes = ActionManifestCheck.Run(manifest, name => files.Exists(folder.Length == 0 ? name : $"{folder}/{name}"));
        var root = YamlReader.Read(manifest.Text, YamlLimits.Default).Root;
        var (inputs, outputs) = (root.Find("inputs")?.Value, root.Find("outputs")?.Value);
        if (root is null || !IsSection(inputs) || !IsSection(outputs))
            return new LocalAction(manifest.Path, mistakes);
        return new LocalAction(manifest.Path, mistakes)
        {
            IsReadable = true,
            Inputs = inputs.Entries().Select(ReadInput).ToDictionary(input => input.Name, StringComparer.OrdinalIgnoreCase),
            Outputs = [.. outputs.Entries().Select(output => output.Name)],
        };
    }

    private static bool IsSection(YamlNode? node) => node is null or YamlMapping || node.IsNull();

    private static LocalInput ReadInput(Entry input) => new(
        input.Name,
        (input.Value.Find("required")?.Value.IsTrue() ?? false) && input.Value.Find("default") is null,
        (input.Value.Find("deprecationMessage")?.Value as YamlScalar)?.Text);
}
