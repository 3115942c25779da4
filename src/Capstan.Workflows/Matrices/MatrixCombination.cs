using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Matrices;

/// <summary>One job of a matrix.</summary>
/// <param name="Values">The <c>matrix</c> context of the job: the matrix's own keys in file order, then what <c>include</c> added.</param>
/// <param name="NameParts">The texts that tell this job's shown name from its siblings'. What <c>include</c> added to an existing combination is not among
/// them.</param>
public sealed record MatrixCombination(ObjectValue Values, IReadOnlyList<string> NameParts);

/// <summary>A mistake in a matrix.</summary>
/// <param name="Path">Keys and indexes from the matrix down to what is wrong, for example <c>["include", 1]</c> (strings and ints); empty for the matrix as a
/// whole.</param>
public sealed record MatrixError(IReadOnlyList<object> Path, string Message);

/// <summary>The jobs of a matrix in GitHub's order, or everything that is wrong with it.</summary>
public sealed class MatrixExpansionResult
{
    internal MatrixExpansionResult(IReadOnlyList<MatrixCombination> combinations)
    {
        Combinations = combinations;
        Errors = [];
    }

    internal MatrixExpansionResult(IReadOnlyList<MatrixError> errors)
    {
        Combinations = [];
        Errors = errors;
    }

    public bool IsValid => Errors.Count == 0;

    /// <summary>Empty when everything was excluded, and when the matrix is not valid.</summary>
    public IReadOnlyList<MatrixCombination> Combinations { get; }

    public IReadOnlyList<MatrixError> Errors { get; }

    /// <summary>All errors in one text; null when the matrix is valid.</summary>
    public string? Message => IsValid ? null : string.Join("; ", Errors.Select(error => error.Message));
}
