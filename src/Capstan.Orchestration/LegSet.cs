using System.Globalization;
using System.Numerics;

namespace Capstan.Orchestration;

/// <summary>A set of matrix indices as bits, so that a node's state stays small whatever the size of its matrix. Immutable; <c>default</c> is empty.</summary>
public readonly record struct LegSet(BigInteger Bits)
{
    public int Count => (int)BigInteger.PopCount(Bits);

    public bool Contains(int index) => !(Bits >> index).IsEven;

    public LegSet With(int index) => new(Bits | (BigInteger.One << index));

    public override string ToString() => Bits.ToString("x", CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">The text did not come from <see cref="ToString"/>.</exception>
    public static LegSet Parse(string text) =>
        new(BigInteger.Parse("0" + text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
