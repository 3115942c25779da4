using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>
/// The labels of a job, as far as the file tells them. Made in the length of labels and matrix together: many labels may name one long vector. Not thread-safe.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on
/// </summary>
internal sealed class RunsOn
{
    private readonly List<YamlScalar> resolved = [];

    public RunsOn(JobNode job)
    {
        var value = job.Body.Find("runs-on")?.Value;
        Written = [.. (value is YamlMapping ? value.Find("labels")?.Value : value).OneOrMany()];
        var isKnown = Resolve(job.Matrix);
        var systems = resolved.Select(label => RunnerLabels.SystemOf(label.Text)).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        System = isKnown && systems is [var only] ? only : null;
    }

    public IReadOnlyList<YamlScalar> Written { get; }

    /// <summary>In the place of <c>${{ matrix.key }}</c> the values of that key, once however often it is named.</summary>
    public IReadOnlyList<YamlScalar> Resolved => resolved;

    /// <summary>The system that all labels agree on; null when that is not known.</summary>
    public string? System { get; }

    /// <returns>Whether every label is known, or has values that are.</returns>
    private bool Resolve(YamlNode? matrix)
    {
        var isKnown = true;
        ILookup<string, YamlScalar>? values = null;
        var keys = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var label in Written)
        {
            if (!label.HasExpression())
                resolved.Add(label);
            else if (MatrixKey(label) is { } key && (values ??= ValuesOf(matrix)).Contains(key))
                resolved.AddRange(keys.Add(key) ? values[key] : []);
            else
                isKnown = false;
        }

        return isKnown;
    }

    private static string? MatrixKey(YamlScalar label) =>
        EmbeddedParts.Of(label.Text).FirstOrDefault() is { IsWhole: true } part
        && ContextTypes.Parse(part.Text).Expression?.Root is IndexNode { Target: ContextNode { Name: var name }, Key: LiteralNode { Value: StringValue key } }
        && string.Equals(name, "matrix", StringComparison.OrdinalIgnoreCase)
            ? key.Data
            : null;

    private static ILookup<string, YamlScalar> ValuesOf(YamlNode? matrix)
    {
        var vectors = matrix.Entries().SelectMany(vector => vector.Value.Items(), (vector, value) => (vector.Name, Value: value));
        var included = matrix.Find("include")?.Value.Items().SelectMany(item => item.Entries()).Select(entry => (entry.Name, entry.Value)) ?? [];
        return vectors.Concat(included)
            .SelectMany(given => given.Value.OneOrMany(), (given, label) => (given.Name, Label: label))
            .Where(given => !given.Label.HasExpression())
            .ToLookup(given => given.Name, given => given.Label, StringComparer.OrdinalIgnoreCase);
    }
}
