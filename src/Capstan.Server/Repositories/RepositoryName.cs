using System.Buffers;

namespace Capstan.Server.Repositories;

/// <summary>What a repository may be called. The name is part of addresses, and compared without regard to case.</summary>
internal static class RepositoryName
{
    /// <summary>As GitHub, so that names can be moved here and there.</summary>
    public const int MaxLength = 100;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Second segments of the server's own addresses under an organization.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "settings", "members", "runners", "repos", "new", "runs", "locks", "audit" };

    // They stand for something else at the end of an address of a repository.
    private static readonly string[] ReservedEndings = [".git", ".wiki", ".atom", ".rss"];

    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <returns>What is wrong with it, as a sentence; null when it is fine.</returns>
    public static string? Mistake(string name)
    {
        if (name.Length is 0 or > MaxLength)
            return $"A repository's name has 1 to {MaxLength} characters.";
        if (name.AsSpan().ContainsAnyExcept(Allowed))
            return "A repository's name consists of letters, digits, '-', '_' and '.'.";
        if (name[0] is '.' or '-')
            return "A repository's name does not begin with '.' or '-'.";
        return Array.Find(ReservedEndings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } ending
            ? $"A repository's name does not end with '{ending}'."
            : null;
    }
}
