using System.Text.Json.Serialization.Metadata;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Client;

/// <summary>Reads lists that the server gives page by page.</summary>
internal static class Lists
{
    /// <summary>All of them, in the server's order.</summary>
    /// <param name="path">Without a query.</param>
    public static async Task<IReadOnlyList<T>> AllAsync<T>(this ApiClient client, string path, JsonTypeInfo<Page<T>> type, CancellationToken cancel)
    {
        var all = new List<T>();
        for (long? after = 0; after is not null;)
        {
            var page = await client.GetAsync($"{path}?limit={PageLimits.Max}&after={after}", type, cancel);
            all.AddRange(page.Items);
            after = page.Next;
        }

        return all;
    }
}
