using System.Text;
using Capstan.Cli.Language;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Language;

public sealed class JsonLinesTests
{
    private readonly MemoryStream output = new();

    [Theory]
    [InlineData("{\"id\":1}\n{\"id\":\"b\"}\n")]
    [InlineData("{\"id\":1}\r\n\n  \n{\"id\":\"b\"}")]
    [InlineData("{\"id\":1}\n{\"id\":\"b\"} ")]
    [InlineData("\uFEFF{\"id\":1}\n{\"id\":\"b\"}")]
    public void Each_line_gets_its_answer_in_order(string input) => Assert.Equal("{\"id\":1,\"n\":0}\n{\"id\":\"b\",\"n\":0}\n", Answer(input));

    [Fact]
    public void Lines_longer_than_a_read_are_whole()
    {
        var input = string.Concat(Enumerable.Range(0, 20).Select(index => $$"""{"id":"{{new string((char)('a' + index), 50_000)}}"}""" + "\n"));

        Assert.Equal(20, Answer(input, bytesARead: 777).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void What_is_asked_alone_is_answered_at_once()
    {
        var answeredBefore = new List<long>();
        Answer(new SlowStream(Encoding.UTF8.GetBytes("{\"id\":1}\n{\"id\":2}\n"), bytesARead: 9, beforeRead: () => answeredBefore.Add(output.Length)));

        Assert.Equal([0, 15, 30], answeredBefore);
    }

    [Theory]
    [InlineData("[]", "Line 2 of the input is JSON, but no object")]
    [InlineData("{\"id\":}", "Line 2 of the input is no JSON object: it is wrong at byte 7")]
    [InlineData("\u0000", "Line 2 of the input is no JSON object: it is wrong at byte 1")]
    public void A_line_that_is_no_object_is_answered_by_its_number_and_the_next_is_read(string line, string message)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes($"{{\"id\":1}}\n{line}\n{{\"id\":3}}\n"));

        var exit = JsonLines.Answer(input, Terminal(), (_, writer) => writer.WriteNumber("n", 0), (why, writer) => writer.WriteString("why", why));

        Assert.Equal(ExitCodes.Usage, exit);
        Assert.Equal($"{{\"id\":1,\"n\":0}}\n{{\"line\":2,\"why\":\"{message}\"}}\n{{\"id\":3,\"n\":0}}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public void A_question_without_what_it_needs_is_answered_with_the_reason()
    {
        using var input = new MemoryStream("{\"id\":7}\n"u8.ToArray());
        JsonLines.Answer(
            input,
            Terminal(),
            (question, writer) =>
            {
                writer.WriteBoolean("half", true);
                question.GetProperty("expr");
            },
            (why, writer) => writer.WriteString("why", why));

        Assert.Equal("{\"id\":7,\"why\":\"A field is missing, has another type, or holds half of a surrogate pair\"}\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    private string Answer(string input, int bytesARead = int.MaxValue) => Answer(new SlowStream(Encoding.UTF8.GetBytes(input), bytesARead, () => { }));

    private string Answer(Stream input)
    {
        Assert.Equal(ExitCodes.Good, JsonLines.Answer(input, Terminal(), (_, writer) => writer.WriteNumber("n", 0), (_, _) => { }));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private Terminal Terminal() => new(output, new MemoryStream(), interactive: false, colour: false);

    /// <summary>Gives a few bytes a read, as a pipe does.</summary>
    private sealed class SlowStream(byte[] content, int bytesARead, Action beforeRead) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            beforeRead();
            return base.Read(buffer, offset, Math.Min(count, bytesARead));
        }
    }
}
