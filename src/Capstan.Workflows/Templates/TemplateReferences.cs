using Capstan.Workflows.Expressions;
using Capstan.Workflows.Expressions.Functions;

namespace Capstan.Workflows.Templates;

/// <summary>What the expressions of a token name, and how the token looked in the file. Pure; safe from any thread.</summary>
public static class TemplateReferences
{
    private const string HashFiles = "hashFiles";

    /// <summary>Everything that may be read when the token is evaluated, in the order of the file and without repetition.</summary>
    public static IReadOnlyList<ExpressionReference> Of(TemplateToken? token)
    {
        var found = new List<ExpressionReference>();
        foreach (var expression in Expressions(token))
        {
            found.AddRange(expression.Root is { } root ? ExpressionReference.Of(root, expression.Text) : []);
        }

        return [.. found.DistinctBy(reference => reference.Text, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Whether the token asks for the content of files, which nobody knows before its job runs.</summary>
    public static bool ReadsFiles(TemplateToken? token) => Expressions(token).Any(expression => expression.Root is { } root
        && ExpressionUse.Nodes(root).OfType<CallNode>().Any(call => string.Equals(call.Function.Name, HashFiles, StringComparison.OrdinalIgnoreCase)));

    /// <summary>A token as its author wrote it, on one line: <c>Test ${{ matrix.os }}</c>.</summary>
    public static string Source(TemplateToken? token) => token switch
    {
        ExpressionToken expression => Source(expression),
        SequenceToken sequence => string.Join(", ", sequence.Items.Select(Source)),
        MappingToken mapping => $"{{ {string.Join(", ", mapping.Entries.Select(entry => $"{Source(entry.Key)}: {Source(entry.Value)}"))} }}",
        InsertToken => "${{ insert }}",
        null => "",
        _ => TemplateReader.TextOf(token),
    };

    /// <summary>Text with expressions in it was read as <c>format('…{0}…', …)</c>; here it is turned back.</summary>
    private static string Source(ExpressionToken token)
    {
        var parsed = TemplateEvaluator.Parse(token.Expression);
        if (parsed?.Root is not CallNode { Function.Name: "format", Arguments: [LiteralNode { Value: StringValue format }, ..] } call)
        {
            return $"${{{{ {token.Expression} }}}}";
        }

        return string.Concat((FormatText.Parse(format.Data) ?? []).Select(part => part.Argument is { } argument
            ? $"${{{{ {Argument(argument + 1)} }}}}"
            : part.Text));

        string Argument(int index) => index < call.Arguments.Count ? token.Expression[call.Arguments[index].Start..call.Arguments[index].End] : "";
    }

    private static IEnumerable<Expression> Expressions(TemplateToken? token) => token switch
    {
        ExpressionToken expression => TemplateEvaluator.Parse(expression.Expression) is { } parsed ? [parsed] : [],
        SequenceToken sequence => sequence.Items.SelectMany(Expressions),
        MappingToken mapping => mapping.Entries.SelectMany(entry => Expressions(entry.Key).Concat(Expressions(entry.Value))),
        _ => [],
    };
}
