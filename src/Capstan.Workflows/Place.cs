namespace Capstan.Workflows;

/// <summary>
/// Where something stands in a file. Line and column are 1-based; columns count UTF-16 units. <c>default</c> means "no place" (made by the program).
/// </summary>
public readonly record struct Place(int Line, int Column)
{
    public bool IsKnown => Line > 0;

    /// <summary>By hand: what the compiler writes asks .NET for a comparer of numbers, which it makes by reflection at each start.</summary>
    public bool Equals(Place other) => Line == other.Line && Column == other.Column;

    public override int GetHashCode() => (Line << 10) ^ Column;

    public override string ToString() => $"{Line}:{Column}";
}
