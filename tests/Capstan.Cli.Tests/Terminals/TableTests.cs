using System.Text;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Terminals;

public sealed class TableTests
{
    [Fact]
    public void In_a_pipe_a_row_is_a_line_with_tabulators_and_nothing_is_cut() =>
        Assert.Equal($"success\t{new string('x', 300)}\nfailure\tb\n", Write(interactive: false, ["success", new string('x', 300)], ["failure", "b"]));

    [Fact]
    public void For_a_person_columns_are_aligned_below_a_headline() =>
        Assert.Equal("STATE    TITLE\nsuccess  a\nno       b\n", Write(interactive: true, ["success", "a"], ["no", "b"]));

    [Fact]
    public void What_is_wider_than_the_window_is_cut_in_the_widest_column()
    {
        var lines = Write(interactive: true, ["success", new string('x', 300)]).Split('\n');
        Assert.Equal(120, lines[1].Length);
        Assert.EndsWith("x…", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_somebody_wrote_neither_breaks_a_row_nor_reaches_the_terminal_as_an_escape() =>
        Assert.Equal("a b\t [31mred c\n", Write(interactive: false, ["a\nb", "\u001b[31mred\tc"]));

    private static string Write(bool interactive, params string[][] rows)
    {
        var output = new MemoryStream();
        var table = new Table("State", "Title");
        foreach (var row in rows)
            table.Add([.. row.Select(text => new Cell(text))]);
        table.Write(new Terminal(output, Stream.Null, interactive, colour: false));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
