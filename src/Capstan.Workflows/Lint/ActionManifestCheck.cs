using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>Something wrong with a manifest: an error where the runner refuses it.</summary>
internal sealed record ManifestMistake(Place Place, Severity Severity, string Message);

/// <summary>
/// Checks <c>action.yml</c>: more strictly than the runner, which passes over keys that it does not know.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
/// </summary>
internal sealed class ActionManifestCheck
{
    /// <summary>An image that is built; any other is pulled.</summary>
    private const string Dockerfile = "Dockerfile";

    private static readonly string[] TopKeys = ["name", "author", "description", "inputs", "outputs", "runs", "branding"];
    private static readonly string[] InputKeys = ["description", "required", "default", "deprecationMessage"];
    private static readonly string[] OutputKeys = ["description", "value"];
    private static readonly string[] Colours = ["white", "black", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"];
    private static readonly string[] Runtimes = ["composite", "docker", "node20", "node24"];
    private static readonly string[] ScriptKeys = ["using", "main", "pre", "pre-if", "post", "post-if"];
    private static readonly string[] CompositeKeys = ["using", "steps"];
    private static readonly string[] DockerKeys = ["using", "image", "pre-entrypoint", "entrypoint", "post-entrypoint", "args", "env", "pre-if", "post-if"];

    private readonly Func<string, bool> exists;
    private readonly List<ManifestMistake> mistakes = [];
    private readonly FindingLimit limit = new();

    private ActionManifestCheck(Func<string, bool> exists) => this.exists = exists;

    /// <param name="exists">Whether a file is there, relative to the action's folder.</param>
    /// <returns>By place.</returns>
    public static IReadOnlyList<ManifestMistake> Run(LintFile manifest, Func<string, bool> exists)
    {
        var check = new ActionManifestCheck(exists);
        if (YamlReader.Read(manifest.Text, YamlLimits.Default).Root is YamlMapping root)
            check.CheckRoot(root);

        // Where the runner refuses it too, its words count.
        var refused = ActionManifestReader.Read(manifest.Path, manifest.Text).Diagnostics.Where(found => found.Severity == Severity.Error)
            .Select(found => new ManifestMistake(found.Place.IsKnown ? found.Place : new Place(1, 1), Severity.Error, found.Message)).ToList();
        var places = refused.Select(mistake => mistake.Place).ToHashSet();
        check.mistakes.RemoveAll(mistake => places.Contains(mistake.Place));
        check.mistakes.AddRange(refused);
        return [.. check.mistakes.OrderBy(mistake => mistake.Place.Line).ThenBy(mistake => mistake.Place.Column)];
    }

    private void Add(YamlNode node, string message)
    {
        if (limit.TryTake(Severity.Warning))
            mistakes.Add(new ManifestMistake(node.Place, Severity.Warning, message));
    }

    private void CheckRoot(YamlMapping root)
    {
        CheckKeys(root, TopKeys, "an action");
        foreach (var key in (string[])["name", "description"])
        {
            if (root.Find(key)?.Value.Text() is null or "")
                Add(root, $"'{key}' is required");
        }

        foreach (var input in root.Find("inputs")?.Value.Entries() ?? [])
        {
            CheckKeys(input.Value, InputKeys, $"input '{Hint.Show(input.Name)}'");
            if (input.Value.Find("deprecationMessage") is { } deprecation && string.IsNullOrWhiteSpace(deprecation.Value.Text()))
                Add(deprecation.Key, $"'deprecationMessage' of input '{Hint.Show(input.Name)}' is empty: say what to use instead");
            if (input.Value.Find("required")?.Value is { } required && required is not YamlScalar { Text: "true" or "false" })
                Add(required, $"'required' of input '{Hint.Show(input.Name)}' is true or false");
        }

        foreach (var output in root.Find("outputs")?.Value.Entries() ?? [])
            CheckKeys(output.Value, OutputKeys, $"output '{Hint.Show(output.Name)}'");
        CheckBranding(root.Find("branding")?.Value);
        if (root.Find("runs") is { } runs)
            CheckRuns(runs);
    }

    private void CheckKeys(YamlNode node, string[] allowed, string owner)
    {
        foreach (var entry in node.Entries())
        {
            if (!limit.IsFull(Severity.Warning) && !allowed.Contains(entry.Name, StringComparer.Ordinal))
                Add(entry.Key, $"'{Hint.Show(entry.Name)}' is no key of {owner}{Hint.For(entry.Name, allowed)}");
        }
    }

    private void CheckBranding(YamlNode? branding)
    {
        if (branding.Find("icon")?.Value is YamlScalar icon && !WordList.ActionIcons.Contains(icon.Text.ToLowerInvariant()))
            Add(icon, $"There is no icon '{Hint.Show(icon.Text)}' for branding{WordList.ActionIcons.Suggest(icon.Text)}; the names are those of Feather 4.28");
        if (branding.Find("color")?.Value is YamlScalar colour && !Colours.Contains(colour.Text, StringComparer.OrdinalIgnoreCase))
            Add(colour, $"There is no color '{Hint.Show(colour.Text)}' for branding{Hint.For(colour.Text, Colours)}");
    }

    private void CheckRuns(Entry runs)
    {
        if (runs.Value.Find("using")?.Value is not YamlScalar { Text: { Length: > 0 } name } runtime)
        {
            Add(runs.Key, $"'runs' needs 'using', one of {Hint.List(Runtimes)}");
            return;
        }

        switch (name.ToLowerInvariant())
        {
            case "composite":
                CheckShape(runs, "composite", "steps", CompositeKeys);
                break;
            case "docker":
                CheckDocker(runs);
                break;
            case var other when Runtimes.Contains(other, StringComparer.Ordinal) || IsOldNode(other):
                CheckScript(runs, runtime);
                break;
        }
    }

    private static bool IsOldNode(string name) =>
        name.StartsWith("node", StringComparison.OrdinalIgnoreCase) && int.TryParse(name.AsSpan(4), out var version) && version is > 0 and < 20;

    private void CheckScript(Entry runs, YamlScalar runtime)
    {
        if (IsOldNode(runtime.Text))
            Add(runtime, $"'{runtime.Text}' is too old: runners have node20 and node24");
        CheckShape(runs, "JavaScript", "main", ScriptKeys);
        foreach (var script in (string[])["main", "pre", "post"])
            CheckFile(runs.Value.Find(script));
        foreach (var moment in (string[])["pre", "post"])
        {
            if (runs.Value.Find(moment + "-if") is { } condition && runs.Value.Find(moment) is null)
                Add(condition.Key, $"'{moment}-if' is the condition of '{moment}', which is not there");
        }
    }

    private void CheckDocker(Entry runs)
    {
        CheckShape(runs, "Docker", "image", DockerKeys);
        if (runs.Value.Find("image") is not { Value: YamlScalar image } entry || !image.Text.Contains(Dockerfile, StringComparison.OrdinalIgnoreCase))
            return;
        CheckFile(entry);
        foreach (var script in (string[])["pre-entrypoint", "entrypoint", "post-entrypoint"])
        {
            // A path from the image's own root is none of the repository's.
            if (runs.Value.Find(script) is { Value: YamlScalar { Text: var file } } named && !file.StartsWith('/'))
                CheckFile(named);
        }
    }

    private void CheckShape(Entry runs, string kind, string required, string[] allowed)
    {
        if (runs.Value.Find(required) is null)
            Add(runs.Key, $"A {kind} action needs '{required}' under 'runs'");
        CheckKeys(runs.Value, allowed, $"the 'runs' of a {kind} action");
    }

    private void CheckFile(Entry? entry)
    {
        if (entry?.Value is YamlScalar { Text: { Length: > 0 } file } value && !value.HasExpression() && !exists(file))
            Add(value, $"The file '{Hint.Show(file)}' of '{entry.Name}' does not exist in the action's folder");
    }
}
