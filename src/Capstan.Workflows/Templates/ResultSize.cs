using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;

namespace Capstan.Workflows.Templates;

/// <summary>
/// What a workflow and all it calls take in memory, aliases written out, in the units of GitHub's own parser: bytes of an imagined object, the same on every machine. This is the limit that
/// ends a small file which stands for a large one. Not thread-safe.
/// Source: https://github.com/actions/runner/tree/main/src/Sdk/WorkflowParser/ObjectTemplating
/// </summary>
internal sealed class ResultSize(int limit)
{
    /// <summary>
    /// 10 MiB.
    /// Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/ParseOptions.cs
    /// </summary>
    public const int DefaultLimit = 10 * 1024 * 1024;

    public const string Exceeded = "Maximum object size exceeded";

    /// <summary>Any object: a number, a boolean, a collection without its members.</summary>
    private const int Object = 24;

    /// <summary>A text without its characters.</summary>
    private const int TextHead = 26;

    /// <summary>Characters of the ids that GitHub gives the jobs of a matrix.</summary>
    private const int MaxMatrixId = 25;

    public long Total { get; private set; }

    /// <exception cref="ResultTooLarge">The total is above the limit; so for all methods.</exception>
    public void AddText(string text) => Add(SizeOf(text));

    public void AddCollection() => Add(Object);

    /// <summary>A scalar or key; null adds nothing.</summary>
    public void Add(TemplateToken? token)
    {
        switch (token)
        {
            case null:
                break;
            case StringToken text:
                Add(Object + SizeOf(text.Value));
                break;
            case ExpressionToken expression:
                Add(Object + SizeOf(expression.Expression));
                break;
            default:
                Add(Object);
                break;
        }
    }

    /// <summary>The jobs of a matrix without expressions, each with its <c>matrix</c> and <c>strategy</c> contexts.</summary>
    public void Add(IReadOnlyList<MatrixCombination> combinations)
    {
        foreach (var combination in combinations)
        {
            var id = Math.Min(MaxMatrixId, combination.NameParts.Sum(part => part.Length + 1) - 1);
            Add(Object + TextHead + (2 * Math.Max(id, 0)) + TextHead + SizeOf("matrix") + SizeOf(combination.Values));
            Add(SizeOf("strategy") + SizeOf(StrategyOf(combinations.Count)));
        }
    }

    /// <summary>What was counted elsewhere.</summary>
    public void Add(long units)
    {
        Total += units;
        if (Total > limit)
            throw new ResultTooLarge();
    }

    private static ObjectValue StrategyOf(int jobs) => new(
    [
        new("fail-fast", Value.True), new("job-index", Value.Of(0)), new("job-total", Value.Of(jobs)), new("max-parallel", Value.Of(jobs)),
    ]);

    private static int SizeOf(string text) => TextHead + (2 * text.Length);

    private static long SizeOf(Value value) => value switch
    {
        StringValue text => Object + SizeOf(text.Data),
        ArrayValue array => Object + array.Items.Sum(SizeOf),
        ObjectValue mapping => Object + mapping.Properties.Sum(property => Object + SizeOf(property.Key) + SizeOf(property.Value)),
        _ => Object,
    };
}

/// <summary>Ends the reading of a file; whoever began it reports <see cref="ResultSize.Exceeded"/>.</summary>
internal sealed class ResultTooLarge : Exception;
