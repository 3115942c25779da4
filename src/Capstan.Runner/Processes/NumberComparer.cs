namespace Capstan.Runner.Processes;

/// <summary>
/// Whether two numbers are the same, for collections that every run makes: .NET makes its own comparer of numbers by reflection, which costs the start of a program
/// more than all that is kept in them.
/// </summary>
public sealed class NumberComparer : IEqualityComparer<int>
{
    public static NumberComparer Instance { get; } = new();

    public bool Equals(int x, int y) => x == y;

    public int GetHashCode(int obj) => obj;
}
