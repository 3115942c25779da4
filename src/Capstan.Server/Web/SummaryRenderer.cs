using System.Security.Cryptography;
using System.Text;

namespace Capstan.Server.Web;

/// <summary>
/// Renders the summaries of pages so that none can hold up the server: there are texts of a hundred kilobytes (links that are never closed, lists in lists) that keep a parser of
/// Markdown busy for minutes, which <see cref="SummaryHtml"/> ends after a second. Longer ones are rendered one at a time, once, beside the requests that show them; what is not ready
/// in time is shown as it was written. Thread-safe.
/// </summary>
/// <param name="render">Makes HTML of one.</param>
internal sealed class SummaryRenderer(TimeProvider clock, Func<string, string> render) : IDisposable
{
    /// <summary>In UTF-16 units; a longer one is shown as it was written.</summary>
    public const int MaxRenderedLength = 256 * 1024;

    /// <summary>Up to here none takes long, whatever it is: it waits for no other.</summary>
    public const int MaxSmallLength = 4 * 1024;

    /// <summary>Longer ones that are kept, those that are under way included.</summary>
    public const int MaxKept = 64;

    /// <summary>How long a page waits for all of its summaries.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private readonly Dictionary<string, Task<string?>> kept = [];

    /// <summary>The keys of what is kept, the oldest first.</summary>
    private readonly List<string> order = [];

    public SummaryRenderer(TimeProvider clock)
        : this(clock, markdown => SummaryHtml.Of(markdown, clock))
    {
    }

    /// <returns>The HTML of each, in their order.</returns>
    public async Task<IReadOnlyList<string>> HtmlAsync(IReadOnlyList<string> summaries)
    {
        var rendered = summaries.Select(Rendered).ToList();
        await Task.WhenAny(Task.WhenAll(rendered), Task.Delay(Patience, clock));
        return [.. summaries.Zip(rendered, static (markdown, html) => (html.IsCompletedSuccessfully ? html.Result : null) ?? SummaryHtml.AsWritten(markdown))];
    }

    public void Dispose() => oneAtATime.Dispose();

    /// <returns>Null: it is not rendered, or so many are under way that it would not be in time.</returns>
    private Task<string?> Rendered(string markdown)
    {
        if (markdown.Length <= MaxSmallLength) return Task.FromResult<string?>(render(markdown));
        if (markdown.Length > MaxRenderedLength) return Task.FromResult<string?>(null);
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(markdown)));
        lock (gate)
        {
            if (kept.TryGetValue(key, out var known)) return known;
            if (order.Count >= MaxKept)
            {
                if (order.Find(one => kept[one].IsCompleted) is not { } oldest) return Task.FromResult<string?>(null);
                kept.Remove(oldest);
                order.Remove(oldest);
            }

            order.Add(key);
            return kept[key] = RenderAsync(markdown);
        }
    }

    private async Task<string?> RenderAsync(string markdown)
    {
        await oneAtATime.WaitAsync();
        try
        {
            // A thread of its own: those of the pool are the requests'.
            return await Task.Factory.StartNew(() => render(markdown), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            oneAtATime.Release();
        }
    }
}
