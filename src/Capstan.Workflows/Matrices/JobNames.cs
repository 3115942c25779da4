using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Matrices;

/// <summary>
/// How the jobs of a matrix are shown.
/// Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/JobNameBuilder.cs
/// </summary>
public static class JobNames
{
    /// <summary>UTF-16 units; a longer name ends in three dots.</summary>
    public const int MaxLength = 100;

    private const string Ellipsis = "...";

    /// <summary><c>build (ubuntu, 20)</c></summary>
    /// <param name="name">The job's <c>name</c> when it holds no expression, else its id. A name with an expression is shown as it evaluates, without
    /// this.</param>
    /// <param name="combination">Null for a job without a matrix.</param>
    public static string Display(string name, MatrixCombination? combination)
    {
        var shown = combination is { NameParts.Count: > 0 } ? $"{name} ({string.Join(", ", combination.NameParts)})" : name;
        if (shown.Length <= MaxLength)
        {
            return shown;
        }

        // Half a surrogate pair could be stored nowhere.
        var kept = MaxLength - Ellipsis.Length;
        return string.Concat(shown.AsSpan(0, char.IsHighSurrogate(shown[kept - 1]) ? kept - 1 : kept), Ellipsis);
    }

    /// <summary>The texts of all leaves, in order; null and the empty text have none.</summary>
    internal static IReadOnlyList<string> PartsOf(ObjectValue values) => [.. Leaves(values).Select(ValueText.Of).Where(text => text.Length > 0)];

    private static IEnumerable<Value> Leaves(Value value) => value switch
    {
        ObjectValue mapping => mapping.Properties.SelectMany(property => Leaves(property.Value)),
        ArrayValue list => list.Items.SelectMany(Leaves),
        _ => [value],
    };
}
