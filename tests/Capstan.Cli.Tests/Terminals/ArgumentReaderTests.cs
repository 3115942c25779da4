using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Terminals;

public sealed class ArgumentReaderTests
{
    [Fact]
    public void A_value_stands_after_the_option_or_behind_an_equals_sign()
    {
        var reader = new ArgumentReader("run", ["--event", "push", "--event=tag=1"]);

        Assert.True(reader.Read());
        Assert.Equal("--event", reader.Option);
        Assert.Equal("push", reader.Value());
        Assert.True(reader.Read());
        Assert.Equal("tag=1", reader.Value());
        Assert.False(reader.Read());
    }

    [Fact]
    public void After_two_dashes_everything_is_an_operand()
    {
        var reader = new ArgumentReader("run", ["--", "--event"]);

        Assert.True(reader.Read());
        Assert.Null(reader.Option);
        Assert.Equal("--event", reader.Current);
    }

    [Fact]
    public void A_missing_value_is_a_usage_error_that_names_the_option()
    {
        var reader = new ArgumentReader("run", ["--event"]);
        reader.Read();

        var refusal = Assert.Throws<CommandException>(() => reader.Value());

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Contains("--event needs a value", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_for_a_switch_is_a_usage_error()
    {
        var reader = new ArgumentReader("run", ["--json=yes"]);
        reader.Read();

        Assert.Throws<CommandException>(() => reader.Read());
    }

    [Fact]
    public void A_pair_without_its_separator_is_a_usage_error_that_shows_the_form()
    {
        var reader = new ArgumentReader("run", ["--secret", "TOKEN"]);
        reader.Read();

        var refusal = Assert.Throws<CommandException>(() => reader.Pair());

        Assert.Contains("NAME=VALUE", refusal.Message, StringComparison.Ordinal);
    }
}
