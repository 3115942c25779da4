using System.Net;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Markdig;

namespace Capstan.Server.Web;

/// <summary>
/// Makes a page's part out of Markdown that anybody's program wrote. Its HTML is read as a browser would, and written anew from a list of elements and attributes: what is not on it
/// does not come through. Links lead to other sites or nowhere. Thread-safe.
/// </summary>
internal static class SummaryHtml
{
    /// <summary>Deeper elements are left out: the writer goes down by calling itself.</summary>
    private const int MaxDepth = 100;

    private const int MaxOpenElements = 500;

    /// <summary>For reading the Markdown of one text.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(1);

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseTaskLists().UseAutoLinks().UseEmphasisExtras().UseEmojiAndSmiley(enableSmileys: false).Use<MarkdownDeadline>().Build();

    private static readonly HashSet<string> Plain = new(StringComparer.Ordinal)
    {
        "p", "br", "hr", "blockquote", "pre", "code", "kbd", "samp", "var", "em", "strong", "b", "i", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "q", "cite", "abbr", "dfn",
        "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "details", "summary", "div", "span", "figure", "figcaption",
    };

    /// <summary>The page has headings of its own above.</summary>
    private static readonly Dictionary<string, string> Headings = new(StringComparer.Ordinal) { ["h1"] = "h4", ["h2"] = "h5", ["h3"] = "h6", ["h4"] = "h6", ["h5"] = "h6", ["h6"] = "h6" };

    private static readonly HashSet<string> Void = new(StringComparer.Ordinal) { "br", "hr", "img", "input" };

    /// <summary>What is in these is no text for people.</summary>
    private static readonly HashSet<string> GoneWithContent = new(StringComparer.Ordinal)
    {
        "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "textarea", "title", "xmp", "plaintext", "noembed", "noframes",
        "select", "button", "audio", "video",
    };

    private static readonly HashSet<(string Element, string Attribute)> Attributes =
    [
        ("td", "align"), ("td", "colspan"), ("td", "rowspan"), ("th", "align"), ("th", "colspan"), ("th", "rowspan"), ("ol", "start"), ("details", "open"), ("abbr", "title"),
    ];

    /// <summary>The Markdown as HTML; as it was written, when it takes too long to read or is too deep.</summary>
    public static string Of(string markdown, TimeProvider clock) => Of(markdown, clock, TimeLimit);

    internal static string Of(string markdown, TimeProvider clock, TimeSpan limit)
    {
        string html;
        try
        {
            html = Markdown.ToHtml(markdown, Pipeline, MarkdownDeadline.In(clock, limit));
        }
        catch (Exception error) when (error is TimeoutException or ArgumentException)
        {
            // Links that never end; lists in lists in lists: no reader of Markdown goes that deep.
            return AsWritten(markdown);
        }

        if (MayOpenTooMany(html)) return AsWritten(markdown);
        using var document = new HtmlParser().ParseDocument("");
        var nodes = new HtmlParser().ParseFragment(html, document.Body!);
        var text = new StringBuilder();
        foreach (var node in nodes) Write(node, text, depth: 0);
        return text.ToString();
    }

    /// <summary>The Markdown itself.</summary>
    public static string AsWritten(string markdown) => $"<pre>{WebUtility.HtmlEncode(markdown)}</pre>";

    /// <summary>Whether more elements may be open at once than a parser of HTML, which looks through all of them for each further one, should be given. Ends that HTML implies do not count.</summary>
    private static bool MayOpenTooMany(string html)
    {
        var open = 0;
        for (var at = html.IndexOf('<', StringComparison.Ordinal); at >= 0 && at + 1 < html.Length && open <= MaxOpenElements; at = html.IndexOf('<', at + 1))
        {
            var name = html.AsSpan(at + 1);
            if (name[0] == '/') open = Math.Max(0, open - 1);
            else if (char.IsAsciiLetter(name[0]) && !Void.Contains(name[..Math.Max(1, name.IndexOfAny(" />"))].ToString())) open++;
        }

        return open > MaxOpenElements;
    }

    private static void Write(INode node, StringBuilder text, int depth)
    {
        if (node is IText words) text.Append(WebUtility.HtmlEncode(words.Data));
        if (node is not IElement element || depth > MaxDepth || GoneWithContent.Contains(element.LocalName)) return;
        switch (element.LocalName)
        {
            case "a":
                var target = Target(element.GetAttribute("href"));
                var opening = target is null ? "<span>" : $"<a href=\"{WebUtility.HtmlEncode(target)}\" rel=\"nofollow noopener noreferrer\">";
                Around(element, text, depth, opening, "a");
                break;
            case "img":
                WriteImage(element, text);
                break;
            case "input" when element.GetAttribute("type") == "checkbox":
                text.Append("<input type=\"checkbox\" disabled").Append(element.HasAttribute("checked") ? " checked>" : ">");
                break;
            default:
                var name = Headings.GetValueOrDefault(element.LocalName) ?? (Plain.Contains(element.LocalName) ? element.LocalName : null);
                if (name is null) Inside(element, text, depth);
                else Around(element, text, depth, Opening(element, name), name);
                break;
        }
    }

    private static string Opening(IElement element, string name)
    {
        var attributes = element.Attributes.Where(attribute => Attributes.Contains((element.LocalName, attribute.LocalName)));
        return $"<{name}{string.Concat(attributes.Select(attribute => $" {attribute.LocalName}=\"{WebUtility.HtmlEncode(attribute.Value)}\""))}>";
    }

    private static void Around(IElement element, StringBuilder text, int depth, string opening, string name)
    {
        text.Append(opening);
        if (Void.Contains(name)) return;
        Inside(element, text, depth);
        text.Append(opening == "<span>" ? "</span>" : $"</{name}>");
    }

    private static void Inside(IElement element, StringBuilder text, int depth)
    {
        foreach (var child in element.ChildNodes) Write(child, text, depth + 1);
    }

    /// <summary>Pictures of other sites would tell them who reads the page; the page's policy shows none. What they are called leads there.</summary>
    private static void WriteImage(IElement element, StringBuilder text)
    {
        var source = element.GetAttribute("src") ?? "";
        var alt = WebUtility.HtmlEncode(element.GetAttribute("alt") ?? "");
        if (source.StartsWith("data:image/png;base64,", StringComparison.OrdinalIgnoreCase) || source.StartsWith("data:image/jpeg;base64,", StringComparison.OrdinalIgnoreCase))
        {
            text.Append($"<img src=\"{WebUtility.HtmlEncode(source)}\" alt=\"{alt}\">");
        }
        else if (Target(source) is { } target)
        {
            text.Append($"<a href=\"{WebUtility.HtmlEncode(target)}\" rel=\"nofollow noopener noreferrer\">{(alt.Length > 0 ? alt : "image")}</a>");
        }
        else
        {
            text.Append(alt);
        }
    }

    private static string? Target(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeMailto)
            ? uri.AbsoluteUri
            : null;
}
