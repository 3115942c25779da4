using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>
/// The labels of a job, as far as the file tells them.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on
/// </summary>
internal static class RunsOn
{
    public static IReadOnlyList<YamlScalar> LabelsOf(JobNode job)
    {
        var value = job.Body.Find("runs-on")?.Value;
        return [.. (value is YamlMapping ? value.Find("labels")?.Value : value).OneOrMany()];
    }

    /// <summary>A label itself; for <c>${{ matrix.key }}</c> the values of that key.</summary>
    public static IEnumerable<YamlScalar> Resolve(YamlScalar label, JobNode job)
    {
        if (!label.HasExpression())
            return [label];
        return EmbeddedParts.Of(label.Text).FirstOrDefault() is { IsWhole: true } part && MatrixKey(part.Text) is { } key ? ValuesOf(job.Matrix, key) : [];
    }

    /// <summary>The system that all labels agree on; null when that is not known.</summary>
    public static string? SystemOf(JobNode job)
    {
        var systems = LabelsOf(job).SelectMany(label => Resolve(label, job)).Select(label => RunnerLabels.SystemOf(label.Text)).Distinct().ToList();
        systems.Remove(null);
        return systems is [var only] && LabelsOf(job).All(label => Resolve(label, job).Any()) ? only : null;
    }

    private static string? MatrixKey(string expression) =>
        ContextTypes.Parse(expression).Expression?.Root is IndexNode { Target: ContextNode { Name: var name }, Key: LiteralNode { Value: StringValue key } }
        && string.Equals(name, "matrix", StringComparison.OrdinalIgnoreCase)
            ? key.Data
            : null;

    private static IEnumerable<YamlScalar> ValuesOf(YamlNode? matrix, string key)
    {
        var vector = matrix.Entries().FirstOrDefault(entry => string.Equals(entry.Name, key, StringComparison.OrdinalIgnoreCase))?.Value;
        var included = matrix.Find("include")?.Value.Items().SelectMany(item => item.Entries())
            .Where(entry => string.Equals(entry.Name, key, StringComparison.OrdinalIgnoreCase)).Select(entry => entry.Value) ?? [];
        return vector.Items().Concat(included).SelectMany(value => value.OneOrMany()).Where(label => !label.HasExpression());
    }
}
