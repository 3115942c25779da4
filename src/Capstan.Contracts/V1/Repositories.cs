namespace Capstan.Contracts.V1;

/// <summary>A new repository of an organization.</summary>
/// <param name="Name">Letters, digits, dot, dash and underscore; unique in the organization without regard to case. Part of every address of the repository.</param>
public sealed record CreateRepositoryRequest(string Name)
{
    public string? Description { get; init; }

    /// <summary>public, internal (every signed-in user reads) or private; private when not given.</summary>
    public string? Visibility { get; init; }

    /// <summary><c>main</c> when not given. A first push that brings only other branches changes it.</summary>
    public string? DefaultBranch { get; init; }
}

/// <param name="FullName"><c>owner/name</c>.</param>
/// <param name="CloneUrl">For <c>git clone</c> over HTTP.</param>
/// <param name="Right">What the caller may do here: read, write, maintain or own.</param>
public sealed record RepositoryResponse(
    long Id,
    string Owner,
    string Name,
    string FullName,
    string? Description,
    string Visibility,
    string DefaultBranch,
    string CloneUrl,
    string Right,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>Whether a branch takes pushes. A locked one takes none, from nobody, until it is unlocked.</summary>
/// <param name="LockedBy">Given while it is locked.</param>
/// <param name="LockedAt">Given while it is locked.</param>
public sealed record BranchLockResponse(string Branch, bool Locked, string? LockedBy, DateTimeOffset? LockedAt);

public sealed record BranchLockListResponse(IReadOnlyList<BranchLockResponse> Locks);
