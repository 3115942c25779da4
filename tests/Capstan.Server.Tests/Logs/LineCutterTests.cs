using System.Text;
using Capstan.Server.Logs;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LineCutterTests
{
    [Theory]
    [InlineData("a\nb\nc\n", 0, 10, "a|b|c")]
    [InlineData("a\nb\nc\n", 1, 1, "b")]
    [InlineData("a\nb\nc", 0, 10, "a|b|c")]
    [InlineData("a\r\nb\r\n", 0, 10, "a|b")]
    [InlineData("\n\na", 0, 10, "||a")]
    [InlineData("a\n", 5, 10, "")]
    [InlineData("", 0, 10, "")]
    public void Lines_are_taken_from_anywhere(string log, long skip, int take, string expected) =>
        Assert.Equal(expected, string.Join('|', Cut(log, skip, take, log.Length + 1, ends: true)));

    [Fact]
    public void A_line_without_its_end_is_no_line_while_the_log_grows() => Assert.Equal(["a"], Cut("a\nb", 0, 10, 100, ends: false));

    [Fact]
    public void It_does_not_matter_where_the_pieces_are_cut() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>[]>().Filter(lines => lines.Length > 0),
        Gen.Choose(1, 7).ToArbitrary(),
        (lines, pieceLength) =>
        {
            var expected = lines.Select(line => line.Get.Replace("\n", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal)).ToArray();
            var log = string.Concat(expected.Select(line => line + "\n"));
            var round = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(log));
            return Cut(log, 0, int.MaxValue, pieceLength, ends: true).SequenceEqual(round.Split('\n')[..^1]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_longest_line_is_shown_whole_and_a_longer_one_cut()
    {
        var fits = new string('x', LineCutter.MaxLineBytes);
        Assert.Equal([fits, fits + LineCutter.CutMark, "next"], Cut($"{fits}\n{fits}y\nnext\n", 0, 10, 1000, ends: true));
    }

    [Fact]
    public void A_read_ends_after_the_line_that_reaches_the_limit()
    {
        var cutter = new LineCutter(0, 100, 4);
        Assert.False(cutter.Feed("ab\ncd\nef\n"u8));
        Assert.Equal(["ab", "cd"], cutter.Lines);
    }

    private static IReadOnlyList<string> Cut(string log, long skip, int take, int pieceLength, bool ends)
    {
        var cutter = new LineCutter(skip, take, int.MaxValue);
        foreach (var piece in Encoding.UTF8.GetBytes(log).Chunk(pieceLength))
            cutter.Feed(piece);
        if (ends)
            cutter.End();
        return cutter.Lines;
    }
}
