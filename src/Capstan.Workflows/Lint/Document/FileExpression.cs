using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>An expression where it stands in the file.</summary>
internal sealed record FileExpression(Site Site, YamlScalar Scalar, EmbeddedPart Part, ExpressionParseResult Parsed)
{
    public ExpressionNode? Root => Parsed.Expression?.Root;

    public static IReadOnlyList<FileExpression> Of(WorkflowDocument document)
    {
        var expressions = new List<FileExpression>();
        foreach (var site in document.Walk.Sites)
        {
            if (site.Node is not YamlScalar scalar)
                continue;
            var parts = site.IsCondition ? EmbeddedParts.OfCondition(scalar.Text) : EmbeddedParts.Of(scalar.Text);
            expressions.AddRange(parts.Select(part => new FileExpression(site, scalar, part, ContextTypes.Parse(part.Text))));
        }

        return expressions;
    }

    /// <summary>Reports about a node of the expression.</summary>
    public void Report(LintContext context, LintCheck check, ExpressionNode node, string message, Severity? severity = null) =>
        context.Report(check, Scalar, Part.Offset + node.Start, node.End - node.Start, message, severity);
}
