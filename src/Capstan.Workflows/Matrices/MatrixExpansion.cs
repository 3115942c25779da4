using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Matrices;

/// <summary>
/// Turns the value of <c>strategy.matrix</c> into its jobs: every combination of the vectors, the first one varying slowest; without those that <c>exclude</c>
/// names; with the values that
/// <c>include</c> adds to the combinations it matches; and then each entry of <c>include</c> that matched none, as a job of its own.
/// Source: https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
/// </summary>
public static class MatrixExpansion
{
    /// <summary>Jobs that one matrix may make. Source: https://docs.github.com/en/actions/reference/limits</summary>
    public const int MaxJobs = 256;

    /// <summary>Combinations before <c>exclude</c>: bounds the time that a matrix can cost which excludes nearly everything.</summary>
    public const int MaxProduct = 65_536;

    /// <summary>Combinations before <c>exclude</c> times entries of <c>exclude</c> and <c>include</c>: what they are compared with.</summary>
    public const int MaxComparisons = 20_000_000;

    /// <summary>Never throws. Expressions in the matrix must have been evaluated before.</summary>
    public static MatrixExpansionResult Expand(Value matrix)
    {
        if (matrix is not ObjectValue mapping)
        {
            return Invalid($"The matrix must be a mapping of keys to lists, not {Name(matrix)}");
        }

        var definition = MatrixDefinition.Read(mapping);
        if (definition.Errors.Count > 0)
        {
            return new MatrixExpansionResult(definition.Errors);
        }

        var size = ProductSize(definition);
        if (size > MaxProduct)
        {
            return Invalid($"The matrix has more than {MaxProduct} combinations before 'exclude'; at most {MaxJobs} jobs may be left of them");
        }

        if (size * (definition.Includes.Count + definition.Excludes.Count) > MaxComparisons)
        {
            return Invalid($"The matrix has too many entries of 'include' and 'exclude' for its {size} combinations");
        }

        var combinations = Combine(definition, (int)size);
        return combinations.Count > MaxJobs
            ? Invalid($"The matrix makes {combinations.Count} jobs; at most {MaxJobs} are allowed")
            : new MatrixExpansionResult(combinations);
    }

    /// <summary>How a message names what it found.</summary>
    internal static string Name(Value value) => value switch
    {
        ArrayValue => "a list",
        ObjectValue => "a mapping",
        NullValue => "nothing",
        _ => ValueText.Literal(value),
    };

    private static MatrixExpansionResult Invalid(string message) => new([new MatrixError([], message)]);

    private static long ProductSize(MatrixDefinition definition)
    {
        long size = definition.Vectors.Count == 0 ? 0 : 1;
        foreach (var vector in definition.Vectors)
        {
            size = Math.Min(size * vector.Values.Count, MaxProduct + 1L);
        }

        return size;
    }

    private static List<MatrixCombination> Combine(MatrixDefinition definition, int size)
    {
        var combinations = new List<MatrixCombination>();
        var matchedIncludes = new bool[definition.Includes.Count];
        for (var index = 0; index < size; index++)
        {
            var values = ValuesAt(definition.Vectors, index, size);
            if (definition.Excludes.Any(exclude => MatrixFilter.Matches(values, exclude)))
            {
                continue;
            }

            var extended = Extend(values, definition.Includes, matchedIncludes);
            combinations.Add(new MatrixCombination(extended, JobNames.PartsOf(values)));
        }

        foreach (var (include, isMatched) in definition.Includes.Zip(matchedIncludes))
        {
            if (!isMatched)
            {
                combinations.Add(new MatrixCombination(include.Whole, JobNames.PartsOf(include.Whole)));
            }
        }

        return combinations;
    }

    private static ObjectValue ValuesAt(IReadOnlyList<MatrixVector> vectors, int index, int size)
    {
        var values = new List<KeyValuePair<string, Value>>(vectors.Count);
        var block = size;
        foreach (var vector in vectors)
        {
            block /= vector.Values.Count;
            values.Add(new(vector.Name, vector.Values[index / block % vector.Values.Count]));
        }

        return new ObjectValue(values);
    }

    /// <remarks>Includes are matched against the combination's own values, never against what an earlier include added; a later one may replace an earlier
    /// one's addition.</remarks>
    private static ObjectValue Extend(ObjectValue values, IReadOnlyList<MatrixInclude> includes, bool[] matchedIncludes)
    {
        List<KeyValuePair<string, Value>>? extended = null;
        for (var index = 0; index < includes.Count; index++)
        {
            if (MatrixFilter.Matches(values, includes[index].Filter))
            {
                matchedIncludes[index] = true;
                extended ??= [.. values.Properties];
                extended.AddRange(includes[index].Additions);
            }
        }

        return extended is null ? values : new ObjectValue(extended);
    }
}
