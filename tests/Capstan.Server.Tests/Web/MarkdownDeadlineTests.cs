using Capstan.Server.Web;
using Capstan.Testing;
using Markdig;
using Xunit;

namespace Capstan.Server.Tests.Web;

public sealed class MarkdownDeadlineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().Use<MarkdownDeadline>().Build();

    [Theory]
    [InlineData(0, false)]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    public void A_text_is_read_to_its_end_until_its_time_is_over(int milliseconds, bool isOver)
    {
        var clock = new FakeClock();
        var context = MarkdownDeadline.In(clock, Limit);
        clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        var error = Record.Exception(() => Assert.Equal("<p>[a</p>\n", Markdown.ToHtml("[a", Pipeline, context)));

        Assert.Equal(isOver, error is TimeoutException);
        Assert.True(isOver || error is null, error?.Message);
    }

    [Fact]
    public void The_wall_clock_may_be_put_right_meanwhile()
    {
        var clock = new PutRight();
        var context = MarkdownDeadline.In(clock, Limit);
        clock.Now += TimeSpan.FromHours(1);

        Assert.Equal("<p>[a</p>\n", Markdown.ToHtml("[a", Pipeline, context));
    }

    private sealed class PutRight : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = FakeClock.DefaultStart;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => 0;
    }
}
