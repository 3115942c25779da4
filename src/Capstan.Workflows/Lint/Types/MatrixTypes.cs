using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The type of the <c>matrix</c> context in a job: its vectors and what <c>include</c> adds, each with the type that all its values share.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
/// </summary>
/// <param name="typeOf">The type of an expression in the matrix, without <c>${{ }}</c>.</param>
internal sealed class MatrixTypes(Func<string, ExpressionType> typeOf)
{
    public ObjectType Of(YamlNode? matrix)
    {
        if (matrix is null)
            return ObjectType.Empty;
        if (matrix is not YamlMapping)
            return matrix is YamlScalar scalar && TypeOf(scalar) is ObjectType known && matrix.HasExpression() ? WithoutLists(known) : ObjectType.Loose;

        var properties = new Dictionary<string, List<ExpressionType>>(StringComparer.OrdinalIgnoreCase);
        var isOpen = false;
        foreach (var entry in matrix.Entries())
        {
            if (entry.Key.HasExpression())
                isOpen = true;
            else if (entry.Name is "include")
                isOpen |= !AddIncludes(entry.Value, properties);
            else if (entry.Name is not "exclude")
                Add(properties, entry.Name, TypeOfVector(entry.Value));
        }

        var merged = properties.Select(property => (property.Key, ExpressionType.Merge(property.Value)));
        return new ObjectType(ObjectType.Index(merged), isOpen ? ExpressionType.Any : null);
    }

    /// <summary>False when not all keys can be known.</summary>
    private bool AddIncludes(YamlNode include, Dictionary<string, List<ExpressionType>> properties)
    {
        if (include is not YamlSequence)
            return false;
        var complete = true;
        foreach (var item in include.Items())
        {
            complete &= item is YamlMapping;
            foreach (var entry in item.Entries())
            {
                complete &= !entry.Key.HasExpression();
                Add(properties, entry.Name, TypeOf(entry.Value));
            }
        }

        return complete;
    }

    /// <summary>The matrix as one expression gives lists of values, and <c>include</c>.</summary>
    private static ObjectType WithoutLists(ObjectType matrix) => matrix.Names.Any()
        && matrix.Names.All(name => name is not ("include" or "exclude") && matrix.Find(name) is ArrayType)
        ? new ObjectType(ObjectType.Index(matrix.Names.Select(name => (name, ((ArrayType)matrix.Find(name)!).Item))))
        : ObjectType.Loose;

    private static void Add(Dictionary<string, List<ExpressionType>> properties, string name, ExpressionType type)
    {
        if (!properties.TryGetValue(name, out var known))
            properties[name] = known = [];
        known.Add(type);
    }

    private ExpressionType TypeOfVector(YamlNode values) => values switch
    {
        YamlSequence sequence => ExpressionType.Merge(sequence.Items.Select(TypeOf)),
        YamlScalar scalar when TypeOf(scalar) is ArrayType array => array.Item,
        _ => ExpressionType.Any,
    };

    private ExpressionType TypeOf(YamlNode node) => node switch
    {
        YamlScalar scalar => TypeOf(scalar),
        YamlSequence sequence => new ArrayType(ExpressionType.Merge(sequence.Items.Select(TypeOf))),
        YamlMapping mapping when mapping.Entries.Any(entry => entry.Key.HasExpression()) => ObjectType.Loose,
        YamlMapping => new ObjectType(ObjectType.Index(node.Entries().Select(entry => (entry.Name, TypeOf(entry.Value))))),
        _ => ExpressionType.Any,
    };

    private ExpressionType TypeOf(YamlScalar scalar)
    {
        if (!scalar.HasExpression())
            return ScalarTypes.Of(scalar);
        return EmbeddedParts.Of(scalar.Text).FirstOrDefault() is { IsWhole: true } whole ? typeOf(whole.Text) : ExpressionType.String;
    }
}
