namespace Capstan.Workflows;

/// <summary>
/// Where something stands in a file. Line and column are 1-based; columns count UTF-16 units. <c>default</c> means "no place" (made by the program).
/// </summary>
public readonly record struct Place(int Line, int Column)
{
    public bool IsKnown => Line > 0;

    public override string ToString() => $"{Line}:{Column}";
}
