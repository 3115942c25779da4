using System.Globalization;
using System.Numerics;
using System.Text;

namespace Capstan.Orchestration;

/// <summary>A set of matrix indices as bits, so that a node's state stays small whatever the size of its matrix. Immutable; <c>default</c> is empty.</summary>
public readonly struct LegSet : IEquatable<LegSet>
{
    private const int BitsOfWord = 64;
    private const int DigitsOfWord = 16;

    /// <summary>The lowest bits first; the last is not zero. Null when empty.</summary>
    private readonly ulong[]? words;

    private LegSet(ulong[] words) => this.words = words;

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in Words)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }

    private ReadOnlySpan<ulong> Words => words;

    public bool Contains(int index) => (uint)index / BitsOfWord is var at && at < Words.Length && ((Words[(int)at] >> index) & 1) != 0;

    public LegSet With(int index)
    {
        var longer = new ulong[Math.Max(Words.Length, (index / BitsOfWord) + 1)];
        Words.CopyTo(longer);
        longer[index / BitsOfWord] |= 1UL << index;
        return new LegSet(longer);
    }

    /// <summary>A hexadecimal number whose bits they are.</summary>
    public override string ToString()
    {
        if (Words.IsEmpty)
        {
            return "0";
        }

        var text = new StringBuilder(Words[^1].ToString("x", CultureInfo.InvariantCulture));
        for (var at = Words.Length - 2; at >= 0; at--)
        {
            text.Append(Words[at].ToString("x16", CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <summary>No text is the empty set.</summary>
    /// <exception cref="FormatException">The text did not come from <see cref="ToString"/>.</exception>
    public static LegSet Parse(string? text)
    {
        var digits = text.AsSpan().TrimStart('0');
        if (digits.IsEmpty)
        {
            return default;
        }

        var words = new ulong[(digits.Length + DigitsOfWord - 1) / DigitsOfWord];
        for (var at = 0; at < words.Length; at++)
        {
            var end = digits.Length - (at * DigitsOfWord);
            words[at] = ulong.Parse(digits[Math.Max(0, end - DigitsOfWord)..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        return new LegSet(words);
    }

    public bool Equals(LegSet other) => Words.SequenceEqual(other.Words);

    public override bool Equals(object? obj) => obj is LegSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var word in Words)
        {
            hash.Add(word);
        }

        return hash.ToHashCode();
    }

    public static bool operator ==(LegSet left, LegSet right) => left.Equals(right);

    public static bool operator !=(LegSet left, LegSet right) => !left.Equals(right);
}
