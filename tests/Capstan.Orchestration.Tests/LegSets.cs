using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Orchestration.Tests;

public sealed class LegSets
{
    private static readonly Arbitrary<int[]> Indices = Gen.Choose(0, 300).ArrayOf().ToArbitrary();

    [Fact]
    public void A_set_holds_what_was_put_into_it_and_nothing_else() => Check.QuickThrowOnFailure(Prop.ForAll(Indices, indices =>
    {
        var set = Of(indices);
        return set.Count == indices.Distinct().Count() && Enumerable.Range(0, 400).All(index => set.Contains(index) == indices.Contains(index));
    }));

    [Fact]
    public void The_order_does_not_matter() => Check.QuickThrowOnFailure(Prop.ForAll(Indices, indices =>
        Of(indices) == Of([.. indices.Reverse()]) && Of(indices).GetHashCode() == Of([.. indices.Reverse()]).GetHashCode()));

    [Fact]
    public void Its_text_is_read_again() => Check.QuickThrowOnFailure(Prop.ForAll(Indices, indices => LegSet.Parse(Of(indices).ToString()) == Of(indices)));

    [Fact]
    public void Its_text_is_the_hexadecimal_number_whose_bits_it_has() => Check.QuickThrowOnFailure(Prop.ForAll(Indices, indices =>
        BigInteger.Parse("0" + Of(indices), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            == indices.Aggregate(BigInteger.Zero, (bits, index) => bits | (BigInteger.One << index))));

    [Theory]
    [InlineData(null, new int[0])]
    [InlineData("", new int[0])]
    [InlineData("0", new int[0])]
    [InlineData("1", new[] { 0 })]
    [InlineData("0ff", new[] { 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData("08000000000000001", new[] { 0, 63 })]
    [InlineData("10000000000000000", new[] { 64 })]
    public void Stored_texts_keep_their_meaning(string? text, int[] indices) => Assert.Equal(Of(indices), LegSet.Parse(text));

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1 ")]
    public void Other_texts_are_refused(string text) => Assert.Throws<FormatException>(() => LegSet.Parse(text));

    [Fact]
    public void What_is_no_index_is_in_no_set() => Assert.All([-1, -64, int.MinValue, int.MaxValue], index => Assert.False(Of([0, 63]).Contains(index)));

    private static LegSet Of(int[] indices) => indices.Aggregate(default(LegSet), (set, index) => set.With(index));
}
