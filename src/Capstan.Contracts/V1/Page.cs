namespace Capstan.Contracts.V1;

/// <summary>A part of a list, in the order of ids. Ask for the next one with <c>?after=</c><see cref="Next"/>.</summary>
/// <param name="Next">Null: this was the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, long? Next = null);

/// <summary>Limits of every list in <c>/v1</c>.</summary>
public static class PageLimits
{
    public const int Default = 50;
    public const int Max = 100;
}
