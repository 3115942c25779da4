using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// What is wrong with a matrix that can be told from the file: all of it when there are no expressions in the strategy, else what no value of them can mend.
/// Of one in which something was refused only what no mending of that can change.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
/// </summary>
internal sealed class MatrixCheck(Findings findings, ResultSize size)
{
    /// <summary>
    /// Comparisons that the matrices of one file may cost here; what is beyond is checked when it is planned, like a matrix with expressions.
    /// </summary>
    private const long MaxWork = 2_000_000;

    private static readonly EvaluationContext NoContext = new() { Contexts = new Dictionary<string, Value>() };

    private long work;

    public void Run(StrategyDefinition? strategy)
    {
        if (strategy?.Matrix is not MappingToken matrix)
            return;
        if (!matrix.IsWhole)
        {
            CheckEmptyVectors(matrix);
            return;
        }

        work += WorkOf(matrix);
        if (work > MaxWork || HasExpression(strategy.Token))
            CheckVectors(matrix);
        else
            Expand(matrix);
    }

    /// <summary>Combinations times what each is compared with; above <see cref="MaxWork"/> no matter by how much.</summary>
    private static long WorkOf(MappingToken matrix)
    {
        var (combinations, filters) = (1L, 1L);
        foreach (var (key, value) in matrix.NamedEntries())
        {
            var count = (value as SequenceToken)?.Items.Count ?? 1;
            if (key.Value is "include" or "exclude")
                filters += count;
            else
                combinations = Math.Min(combinations * Math.Max(count, 1), MaxWork);
        }

        return combinations * filters;
    }

    private void Expand(MappingToken matrix)
    {
        if (TemplateEvaluator.Evaluate(matrix, NoContext).Value is not { } value)
            return;
        var expanded = MatrixExpansion.Expand(value);
        foreach (var error in expanded.Errors.TakeWhile(_ => !findings.IsFull(Severity.Error)))
            findings.Error(PlaceOf(matrix, error.Path), "matrix", error.Message);
        size.Add(expanded.Combinations);
    }

    private void CheckVectors(MappingToken matrix)
    {
        CheckEmptyVectors(matrix);
        var hasVector = matrix.Entries.Any(entry => entry.Key.Text() switch
        {
            "exclude" => false,
            "include" => HasExpression(entry.Value) || entry.Value is SequenceToken { Items.Count: > 0 },
            _ => true,
        });
        if (!hasVector)
            findings.Error(matrix.Place, "matrix", "Matrix must define at least one vector");
    }

    /// <summary>Wrong whatever else there is in the matrix, and also when something else in it was refused.</summary>
    private void CheckEmptyVectors(MappingToken matrix)
    {
        foreach (var (key, value) in matrix.NamedEntries())
        {
            if (key.Value is not ("include" or "exclude") && value is SequenceToken { Items.Count: 0, IsWhole: true })
                findings.Error(value.Place, "matrix", $"Matrix vector '{Suggestion.Show(key.Value)}' does not contain any values");
        }
    }

    private static bool HasExpression(TemplateToken token) => token switch
    {
        ExpressionToken or InsertToken => true,
        SequenceToken sequence => sequence.Items.Any(HasExpression),
        MappingToken mapping => mapping.Entries.Any(entry => HasExpression(entry.Key) || HasExpression(entry.Value)),
        _ => false,
    };

    /// <summary>Where the path of a mistake leads: the value it ends at, or the key when it is a key of an entry.</summary>
    private static Place PlaceOf(MappingToken matrix, IReadOnlyList<object> path)
    {
        TemplateToken token = matrix;
        foreach (var part in path)
        {
            switch (token)
            {
                case MappingToken mapping when part is string name && EntryOf(mapping, name) is { } entry:
                    if (ReferenceEquals(part, path[^1]) && path.Count > 1)
                        return entry.Key.Place;
                    token = entry.Value;
                    break;
                case SequenceToken sequence when part is int index && index < sequence.Items.Count:
                    token = sequence.Items[index];
                    break;
                default:
                    return token.Place;
            }
        }

        return token.Place;
    }

    private static KeyValuePair<TemplateToken, TemplateToken>? EntryOf(MappingToken mapping, string name)
    {
        foreach (var entry in mapping.Entries)
        {
            if (entry.Key.Text() == name)
                return entry;
        }

        return null;
    }
}
