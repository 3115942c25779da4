using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>An input of a called workflow.</summary>
internal sealed record CalledInput(string Name, ExpressionType Type, bool Required);

/// <summary>
/// What a caller has to know of a workflow of the same repository. Read leniently: the file's own mistakes are told when it is linted
/// itself.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
/// </summary>
internal sealed record CalledWorkflow
{
    /// <summary>A workflow of another repository, or one that cannot be looked up.</summary>
    public static CalledWorkflow Unknown { get; } = new();

    /// <summary>Why it cannot be called; null when it can, or nothing is known.</summary>
    public string? Refusal { get; init; }

    /// <summary>There is no such file here. It may be there elsewhere: a part of a repository can be linted too.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Null when nothing is known of them; so for <see cref="Secrets"/>.</summary>
    public IReadOnlyDictionary<string, CalledInput>? Inputs { get; init; }

    /// <summary>Names, and whether one must be given.</summary>
    public IReadOnlyDictionary<string, bool>? Secrets { get; init; }

    public IReadOnlyList<CalledInput> RequiredInputs => field ??= [.. Inputs?.Values.Where(input => input.Required) ?? []];

    public IReadOnlyList<string> RequiredSecrets => field ??= [.. Secrets?.Where(secret => secret.Value).Select(secret => secret.Key) ?? []];

    public ExpressionType Outputs { get; init; } = ObjectType.MapOf(ExpressionType.String);

    public static CalledWorkflow Missing(string path) => new() { Refusal = $"There is no workflow file '{Hint.Show(path)}'", IsMissing = true };

    public static CalledWorkflow Read(LintFile file)
    {
        var read = YamlReader.Read(file.Text, YamlLimits.Default);
        if (read.Root is not { } root)
            return Refused($"'{file.Path}' cannot be read: {read.Error?.Message ?? "the file is empty"}");
        if (new WorkflowDocument(file.Path, root).FindEvent("workflow_call") is not { } call)
            return Refused($"'{file.Path}' cannot be called: it has no 'workflow_call' under 'on'");

        return new CalledWorkflow
        {
            Inputs = Index(call.Content.Find("inputs"), input => new CalledInput(
                input.Name,
                InputTypes.Named(input.Value.Find("type")?.Value.Text()),
                IsRequired(input) && input.Value.Find("default") is null)),
            Secrets = Index(call.Content.Find("secrets"), IsRequired),
            Outputs = new ObjectType(ObjectType.Index(
                call.Content.Find("outputs")?.Value.Entries().Select(output => (output.Name, ExpressionType.String)) ?? [])),
        };
    }

    private static CalledWorkflow Refused(string why) => new() { Refusal = why };

    private static Dictionary<string, T> Index<T>(Entry? section, Func<Entry, T> valueOf)
    {
        var index = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in section?.Value.Entries() ?? [])
            index.Add(entry.Name, valueOf(entry));
        return index;
    }

    private static bool IsRequired(Entry entry) => entry.Value.Find("required")?.Value.IsTrue() ?? false;
}
