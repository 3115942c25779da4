using Capstan.Workflows.Schema;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Definitions;

/// <param name="Definition">Null exactly when one of the diagnostics is an error.</param>
public sealed record ActionReadResult(ActionDefinition? Definition, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>
/// Reads <c>action.yml</c>. Pure and safe from any thread; no input makes it throw.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
/// </summary>
public static class ActionManifestReader
{
    /// <summary>
    /// The values of <c>using</c>.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs
    /// </summary>
    private static readonly Dictionary<string, Runtime> Runtimes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["composite"] = new(ActionKind.Composite, "steps"),
        ["docker"] = new(ActionKind.Docker, "image"),
        ["node12"] = new(ActionKind.JavaScript, "main"),
        ["node16"] = new(ActionKind.JavaScript, "main"),
        ["node20"] = new(ActionKind.JavaScript, "main"),
        ["node24"] = new(ActionKind.JavaScript, "main"),
    };

    public static ActionReadResult Read(string file, string yaml)
    {
        var findings = new Findings(file);
        var read = YamlReader.Read(yaml, YamlLimits.Default);
        if (read.Error is { } error)
        {
            findings.Error(error.Place, error.Code, error.Message);
            if (read.Salvaged is { } salvaged)
                ReadTokens(salvaged, findings);
            return new ActionReadResult(null, findings.Sorted());
        }

        var root = read.Root ?? new YamlScalar(new Place(1, 1), "", ScalarTag.Implicit);
        var definition = ReadTokens(root, findings) is MappingToken action && action.Find("runs") is MappingToken runs
            ? Convert(file, action, runs, findings)
            : null;
        return new ActionReadResult(findings.ErrorCount == 0 ? definition : null, findings.Sorted());
    }

    private static TemplateToken? ReadTokens(YamlNode root, Findings findings)
    {
        try
        {
            return new TemplateReader(findings, new ResultSize(ResultSize.DefaultLimit)).Read(root, ActionSchema.Root);
        }
        catch (ResultTooLarge)
        {
            findings.Error(default, "limit", ResultSize.Exceeded);
            return null;
        }
    }

    private static ActionDefinition Convert(string file, MappingToken action, MappingToken runs, Findings findings) => new()
    {
        File = file,
        Name = action.Find("name").Text(),
        Description = action.Find("description").Text(),
        Inputs = [.. action.Find("inputs").NamedEntries().Select(entry => ConvertInput(entry.Key, entry.Value))],
        Outputs = [.. action.Find("outputs").NamedEntries().Select(entry => ConvertOutput(entry.Key, entry.Value))],
        Kind = KindOf(runs, findings),
        Using = runs.Find("using").Text() ?? "",
        Steps = new StepConverter(findings, Availability.CompositeStepIf).Convert(runs.Find("steps")),
        Main = runs.Find("main").Text(),
        Pre = runs.Find("pre").Text(),
        PreIf = ConditionReader.ReadForAction(runs.Find("pre-if"), Availability.ActionIf, findings),
        Post = runs.Find("post").Text(),
        PostIf = ConditionReader.ReadForAction(runs.Find("post-if"), Availability.ActionIf, findings),
        Image = runs.Find("image").Text(),
        Entrypoint = runs.Find("entrypoint").Text(),
        PreEntrypoint = runs.Find("pre-entrypoint").Text(),
        PostEntrypoint = runs.Find("post-entrypoint").Text(),
        Args = runs.Find("args"),
        Env = runs.Find("env"),
    };

    /// <summary>By <c>using</c>, which must fit the other keys: the table has told the three shapes apart by those.</summary>
    private static ActionKind KindOf(MappingToken runs, Findings findings)
    {
        if (runs.Find("using") is not StringToken name)
            return ActionKind.Composite;

        if (!Runtimes.TryGetValue(name.Value, out var runtime))
        {
            findings.Error(name.Place, "using", $"Unexpected value '{Suggestion.Show(name.Value)}'{Suggestion.For(name.Value, Runtimes.Keys)}");
            return ActionKind.Composite;
        }

        if (runs.Find(runtime.Key) is null && findings.ErrorCount == 0)
            findings.Error(name.Place, "using", $"An action that is '{name.Value}' needs the key '{runtime.Key}'");
        return runtime.Kind;
    }

    private static ActionInput ConvertInput(StringToken name, TemplateToken content)
    {
        var input = content as MappingToken;
        return new ActionInput(name.Value, name.Place)
        {
            Description = input?.Find("description").Text(),
            Required = input?.Find("required") is BooleanToken { Value: true } or StringToken { Value: "true" },
            Default = input?.Find("default"),
            DeprecationMessage = input?.Find("deprecationMessage").Text(),
        };
    }

    private static ActionOutput ConvertOutput(StringToken name, TemplateToken content)
    {
        var output = content as MappingToken;
        return new ActionOutput(name.Value, name.Place, output?.Find("value")) { Description = output?.Find("description").Text() };
    }

    /// <param name="Key">The key that tells what to run.</param>
    private sealed record Runtime(ActionKind Kind, string Key);
}
