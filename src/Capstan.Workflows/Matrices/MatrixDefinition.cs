using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Matrices;

/// <summary>One key of a matrix and the values it takes.</summary>
internal sealed record MatrixVector(string Name, IReadOnlyList<Value> Values);

/// <summary>One entry of <c>include</c>, taken apart.</summary>
/// <param name="Filter">Its keys that are vectors: what a combination must have to be extended. Empty matches every combination.</param>
/// <param name="Additions">Its other keys.</param>
/// <param name="Whole">Both, filter first: the job it makes when it matches no combination.</param>
internal sealed record MatrixInclude(ObjectValue Filter, IReadOnlyList<KeyValuePair<string, Value>> Additions, ObjectValue Whole);

/// <summary>
/// A matrix read from its value, with all that is wrong in it.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
/// </summary>
internal sealed class MatrixDefinition
{
    private const string IncludeKey = "include";
    private const string ExcludeKey = "exclude";

    private readonly List<MatrixVector> vectors = [];
    private readonly List<MatrixInclude> includes = [];
    private readonly List<ObjectValue> excludes = [];
    private readonly List<MatrixError> errors = [];
    private readonly HashSet<string> vectorNames = new(StringComparer.OrdinalIgnoreCase);

    private MatrixDefinition()
    {
    }

    public IReadOnlyList<MatrixVector> Vectors => vectors;

    public IReadOnlyList<MatrixInclude> Includes => includes;

    public IReadOnlyList<ObjectValue> Excludes => excludes;

    public IReadOnlyList<MatrixError> Errors => errors;

    public static MatrixDefinition Read(ObjectValue matrix)
    {
        var definition = new MatrixDefinition();

        // The names of all vectors first: include and exclude may stand above them.
        foreach (var property in matrix.Properties.Where(property => property.Key is not (IncludeKey or ExcludeKey)))
        {
            definition.ReadVector(property.Key, property.Value);
        }

        foreach (var property in matrix.Properties.Where(property => property.Key is IncludeKey or ExcludeKey))
        {
            definition.ReadEntries(property.Key, property.Value);
        }

        if (definition.vectorNames.Count == 0 && definition.includes.Count == 0 && definition.errors.Count == 0)
        {
            definition.Error("Matrix must define at least one vector");
        }

        return definition;
    }

    private void Error(string message, params object[] path) => errors.Add(new MatrixError(path, message));

    private void ReadVector(string name, Value value)
    {
        vectorNames.Add(name);
        if (value is not ArrayValue array)
        {
            Error($"Matrix vector '{name}' must be a list of values, not {MatrixExpansion.Name(value)}", name);
        }
        else if (array.Items.Count == 0)
        {
            Error($"Matrix vector '{name}' does not contain any values", name);
        }
        else
        {
            vectors.Add(new MatrixVector(name, array.Items));
        }
    }

    private void ReadEntries(string key, Value value)
    {
        if (value is not ArrayValue array)
        {
            Error($"Matrix '{key}' must be a list of mappings, not {MatrixExpansion.Name(value)}", key);
            return;
        }

        for (var index = 0; index < array.Items.Count; index++)
        {
            if (array.Items[index] is not ObjectValue entry)
            {
                Error($"An entry of matrix '{key}' must be a mapping, not {MatrixExpansion.Name(array.Items[index])}", key, index);
            }
            else if (key == IncludeKey)
            {
                ReadInclude(entry, index);
            }
            else
            {
                ReadExclude(entry, index);
            }
        }
    }

    private void ReadInclude(ObjectValue entry, int index)
    {
        if (entry.Properties.Count == 0)
        {
            Error("Matrix include mapping does not contain any values", IncludeKey, index);
            return;
        }

        var filter = new ObjectValue(entry.Properties.Where(property => vectorNames.Contains(property.Key)));
        var additions = entry.Properties.Where(property => !vectorNames.Contains(property.Key)).ToList();
        includes.Add(new MatrixInclude(filter, additions, new ObjectValue(filter.Properties.Concat(additions))));
    }

    private void ReadExclude(ObjectValue entry, int index)
    {
        if (entry.Properties.Count == 0)
        {
            Error("Matrix exclude filter must not be empty", ExcludeKey, index);
            return;
        }

        foreach (var property in entry.Properties.Where(property => !vectorNames.Contains(property.Key)))
        {
            Error($"Matrix exclude key '{property.Key}' does not match any key within the matrix", ExcludeKey, index, property.Key);
        }

        excludes.Add(entry);
    }
}
