using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The types of scalars as they stand in a file.
/// Source: https://yaml.org/spec/1.2.2/#103-core-schema
/// </summary>
internal static class ScalarTypes
{
    public static ExpressionType Of(YamlScalar scalar) => TemplateReader.Literal(scalar) switch
    {
        NullToken => ExpressionType.Null,
        BooleanToken => ExpressionType.Boolean,
        NumberToken => ExpressionType.Number,
        _ => ExpressionType.String,
    };
}
