using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Matrices;

/// <summary>
/// Whether a combination has what an entry of <c>include</c> or <c>exclude</c> asks for. Each leaf of the entry is compared as <c>==</c> does (<c>'1'</c> is
/// <c>1</c>, case does not matter), so
/// an entry with part of a mapping matches the whole one.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrixexclude
/// </summary>
internal static class MatrixFilter
{
    /// <remarks>Recursion is bounded by the depth of the entry, which came from YAML or JSON and has a limit there.</remarks>
    public static bool Matches(Value actual, Value filter) => filter switch
    {
        ObjectValue mapping => mapping.Properties.All(property => Matches(Part(actual, Value.Of(property.Key)), property.Value)),
        ArrayValue list => list.Items.Index().All(entry => Matches(Part(actual, Value.Of(entry.Index)), entry.Item)),
        _ => ValueComparison.AreEqual(actual, filter),
    };

    private static Value Part(Value value, Value key) => IndexAccess.Find(value, key) ?? Value.Null;
}
