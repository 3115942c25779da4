using Capstan.Server.Web;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Web;

public sealed class SummaryHtmlTests
{
    [Theory]
    [InlineData("# Title", "<h4>Title</h4>")]
    [InlineData("**bold** and `code`", "<p><strong>bold</strong> and <code>code</code></p>")]
    [InlineData("~~gone~~ :rocket:", "<p><del>gone</del> &#128640;</p>")]
    [InlineData("| a |\n|:-:|\n| b |", "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>")]
    [InlineData("- [x] done", "<ul><li><input type=\"checkbox\" disabled checked> done</li></ul>")]
    [InlineData("[here](https://example.org/?a=1&b=2)", "<p><a href=\"https://example.org/?a=1&amp;b=2\" rel=\"nofollow noopener noreferrer\">here</a></p>")]
    [InlineData("<details open><summary>More</summary>\n\ninside\n\n</details>", "<details open=\"\"><summary>More</summary><p>inside</p></details>")]
    [InlineData("<table><tr><td colspan=\"2\" onclick=\"x()\">cell</td></tr></table>", "<table><tbody><tr><td colspan=\"2\">cell</td></tr></tbody></table>")]
    [InlineData("```\n<script>\n```", "<pre><code>&lt;script&gt;\n</code></pre>")]
    [InlineData("a < b && c", "<p>a &lt; b &amp;&amp; c</p>")]
    public void Markdown_becomes_a_part_of_the_page(string markdown, string html) => Assert.Equal(html, Squeezed(Html(markdown)));

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<a href=\"javascript:alert(1)\">x</a>")]
    [InlineData("<a href=\" java\nscript:alert(1)\">x</a>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](vbscript:alert(1))")]
    [InlineData("[x](data:text/html,<script>alert(1)</script>)")]
    [InlineData("![x](data:image/svg+xml;base64,PHN2Zz4=)")]
    [InlineData("<svg><script>alert(1)</script></svg>")]
    [InlineData("<svg><style><img src=x onerror=alert(1)></style></svg>")]
    [InlineData("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>")]
    [InlineData("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">")]
    [InlineData("<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>")]
    [InlineData("<style>body{display:none}</style>")]
    [InlineData("<p style=\"position:fixed\" id=\"run\" class=\"button\">x</p>")]
    [InlineData("<form action=\"/signout\"><button>x</button></form>")]
    [InlineData("<meta http-equiv=\"refresh\" content=\"0;url=https://evil.example\">")]
    [InlineData("<base href=\"https://evil.example\">")]
    [InlineData("<a href=\"/signout\">x</a>")]
    [InlineData("</div></section></body><script>alert(1)</script>")]
    [InlineData("<textarea></textarea><img src=x onerror=alert(1)>")]
    [InlineData("<object data=\"x\"><embed src=\"x\"></object>")]
    public void Nothing_of_it_runs_styles_frames_or_leads_into_this_server(string markdown)
    {
        var html = Html(markdown);
        Assert.DoesNotMatch("(?i)<(script|style|svg|math|iframe|object|embed|form|button|meta|base|link|textarea|noscript|template)", html);
        Assert.DoesNotMatch("(?i)<[^>]*(\\son|style=|id=|class=|href=\"(?!https?:|mailto:)|src=\"(?!data:image/(png|jpeg);))", html);
    }

    [Fact]
    public void Pictures_of_other_sites_are_links_to_them() =>
        Assert.Equal("<p><a href=\"https://example.org/badge.svg\" rel=\"nofollow noopener noreferrer\">build</a></p>", Squeezed(Html("![build](https://example.org/badge.svg)")));

    [Theory]
    [InlineData("> ", 5_000)]
    [InlineData("<div>", 50_000)]
    [InlineData("- ", 5_000)]
    [InlineData("[", 50_000)]
    [InlineData("*a **b ", 5_000)]
    public void Depth_without_end_is_survived(string piece, int times) => Assert.NotNull(SummaryHtml.Of(string.Concat(Enumerable.Repeat(piece, times)) + "x", TimeProvider.System));

    [Theory]
    [InlineData("<b>", 100_000)]
    [InlineData("<div><br>", 50_000)]
    public void Elements_in_elements_without_end_are_shown_as_they_were_written(string piece, int times) =>
        Assert.StartsWith("<pre>&lt;", Html(string.Concat(Enumerable.Repeat(piece, times))), StringComparison.Ordinal);

    [Theory]
    [InlineData("[a](")]
    [InlineData("![](")]
    [InlineData("[a][")]
    [InlineData("x\n=\n")]
    public void What_takes_too_long_to_read_is_shown_as_it_was_written(string piece)
    {
        var markdown = string.Concat(Enumerable.Repeat(piece, SummaryRenderer.MaxRenderedLength / piece.Length));
        Assert.Equal(SummaryHtml.AsWritten(markdown), SummaryHtml.Of(markdown, TimeProvider.System, TimeSpan.FromMilliseconds(1)));
    }

    [Theory]
    [InlineData("a<br>")]
    [InlineData("<input type=checkbox>")]
    [InlineData("<b>x</b>")]
    [InlineData("| a |\n|---|\n| b |\n\n")]
    public void Elements_after_one_another_may_be_many(string piece) =>
        Assert.DoesNotContain("<pre>", Html(string.Concat(Enumerable.Repeat(piece, 2_000))), StringComparison.Ordinal);

    /// <summary>By a clock that stands still: how fast this machine is decides nothing.</summary>
    private static string Html(string markdown) => SummaryHtml.Of(markdown, new FakeClock());

    private static string Squeezed(string html) => html.Replace(">\n", ">", StringComparison.Ordinal).Trim();
}
