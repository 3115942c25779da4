using System.Text;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Values of a matrix: twice the same, and excludes that take nothing away. Where an expression decides, nothing is said.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
/// </summary>
internal sealed class MatrixRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var job in context.Document.Jobs)
        {
            if (job.Matrix is not YamlMapping matrix)
                continue;
            foreach (var vector in matrix.Entries().Where(entry => entry.Name is not ("include" or "exclude")))
                CheckTwice(context, vector);
            if (matrix.Find("exclude") is { } exclude && !matrix.HasExpressionKey())
                CheckExcludes(context, matrix, exclude);
        }
    }

    private static void CheckTwice(LintContext context, Entry vector)
    {
        var seen = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var value in vector.Value.Items())
        {
            if (value.HasExpression())
                continue;
            var text = new StringBuilder();
            Write(text, value);
            if (!seen.TryAdd(text.ToString(), value))
                context.Report(
                    LintChecks.MatrixTwice,
                    value,
                    $"'{Hint.Show(vector.Name)}' has this value twice, first on line {seen[text.ToString()].Place.Line}: the same job would run twice");
        }
    }

    /// <summary>A value as a text that differs for different values.</summary>
    private static void Write(StringBuilder text, YamlNode node)
    {
        switch (node)
        {
            case YamlScalar scalar:
                text.Append(scalar.Text.Length).Append(':').Append(scalar.Text);
                break;
            case YamlSequence sequence:
                text.Append('[');
                foreach (var item in sequence.Items)
                    Write(text, item);
                text.Append(']');
                break;
            case YamlMapping mapping:
                text.Append('{');
                foreach (var (key, value) in mapping.Entries.OrderBy(entry => (entry.Key as YamlScalar)?.Text, StringComparer.Ordinal))
                {
                    Write(text, key);
                    Write(text, value);
                }

                text.Append('}');
                break;
        }
    }

    private static void CheckExcludes(LintContext context, YamlMapping matrix, Entry exclude)
    {
        var include = matrix.Find("include")?.Value;
        if (include is not null && (include is not YamlSequence || include.Items().Any(item => item is not YamlMapping || item.HasExpressionKey())))
            return;

        var values = new Dictionary<string, MatrixValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var vector in matrix.Entries().Where(entry => entry.Name is not ("include" or "exclude")))
            values[vector.Name] = MatrixValues.Of(vector.Value);
        foreach (var entry in include.Items().SelectMany(item => item.Entries()))
        {
            if (!values.TryGetValue(entry.Name, out var known))
                values[entry.Name] = known = new MatrixValues();
            known.Add(entry.Value);
        }

        foreach (var assignment in exclude.Value.Items().SelectMany(item => item.Entries()))
        {
            if (!assignment.Key.HasExpression())
                CheckExclude(context, assignment, values);
        }
    }

    private static void CheckExclude(LintContext context, Entry assignment, Dictionary<string, MatrixValues> values)
    {
        if (!values.TryGetValue(assignment.Name, out var known))
        {
            var severity = context.IsRefused(assignment.Key.Place) ? Severity.Error : Severity.Warning;
            if (context.IsFull(severity))
                return;
            context.Explain(assignment.Key.Place);
            context.Report(
                LintChecks.MatrixExclude,
                assignment.Key.Place,
                $"'{Hint.Show(assignment.Name)}' is no key of this matrix{Hint.For(assignment.Name, values.Keys)}",
                severity);
        }
        else if (!assignment.Value.HasExpression() && !known.CanCover(assignment.Value))
        {
            context.Report(
                LintChecks.MatrixExclude,
                assignment.Value,
                $"'{Hint.Show(assignment.Name)}' never has this value, so the exclude matches no combination");
        }
    }
}
