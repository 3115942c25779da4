using Capstan.Server.Web;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Web;

public sealed class SummaryRendererTests
{
    private static readonly string Longer = new('x', SummaryRenderer.MaxSmallLength + 1);

    [Fact]
    public async Task One_that_takes_too_long_is_shown_as_it_was_written_and_holds_up_no_small_one()
    {
        var clock = new FakeClock();
        using var goOn = new ManualResetEventSlim();
        using var renderer = new SummaryRenderer(clock, markdown =>
        {
            if (markdown == Longer) goOn.Wait();
            return "rendered";
        });

        var shown = await Answered(renderer.HtmlAsync([Longer, "small", Longer + "behind it"]), clock);
        Assert.Equal([$"<pre>{Longer}</pre>", "rendered", $"<pre>{Longer}behind it</pre>"], shown);

        goOn.Set();
        Assert.Equal(["rendered", "rendered"], await renderer.HtmlAsync([Longer, Longer + "behind it"]));
    }

    [Fact]
    public async Task What_was_rendered_is_not_rendered_again_until_too_many_others_were()
    {
        var count = 0;
        using var renderer = new SummaryRenderer(new FakeClock(), _ => $"{Interlocked.Increment(ref count)}");

        await renderer.HtmlAsync([Longer]);
        Assert.Equal(["1"], await renderer.HtmlAsync([Longer]));
        for (var other = 1; other <= SummaryRenderer.MaxKept; other++) await renderer.HtmlAsync([Longer + other]);
        Assert.Equal([$"{SummaryRenderer.MaxKept + 2}"], await renderer.HtmlAsync([Longer]));
    }

    [Fact]
    public async Task When_as_many_as_are_kept_are_under_way_no_more_begin()
    {
        var clock = new FakeClock();
        using var goOn = new ManualResetEventSlim();
        using var renderer = new SummaryRenderer(clock, _ =>
        {
            goOn.Wait();
            return "rendered";
        });
        var full = renderer.HtmlAsync([.. Enumerable.Range(0, SummaryRenderer.MaxKept).Select(i => Longer + i)]);

        Assert.Equal([$"<pre>{Longer}</pre>"], await Answered(renderer.HtmlAsync([Longer]), clock));

        goOn.Set();
        await full;
    }

    [Fact]
    public async Task A_very_long_one_is_shown_as_it_was_written()
    {
        using var renderer = new SummaryRenderer(new FakeClock(), _ => "rendered");
        var longest = new string('x', SummaryRenderer.MaxRenderedLength);

        Assert.Equal(["rendered", $"<pre>{longest}x</pre>"], await renderer.HtmlAsync([longest, longest + "x"]));
    }

    private static async Task<IReadOnlyList<string>> Answered(Task<IReadOnlyList<string>> page, FakeClock clock)
    {
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(SummaryRenderer.Patience);
            return page.IsCompleted;
        });
        return await page;
    }
}
