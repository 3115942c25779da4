using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Capstan.Server.Tests.Web;

public sealed partial class AssetsTests
{
    [Fact]
    public async Task A_page_names_its_files_with_a_fingerprint_and_they_may_be_kept_forever()
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Anonymous();
        var urls = AssetUrl().Matches(await client.GetStringAsync("/")).Select(match => match.Groups[1].Value).ToArray();
        Assert.Contains(urls, url => url.EndsWith("/site.css", StringComparison.Ordinal));
        foreach (var url in urls)
        {
            using var answer = await client.GetAsync(url);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.True(answer.Headers.CacheControl!.MaxAge > TimeSpan.FromDays(300));
            Assert.Contains("immutable", answer.Headers.GetValues("Cache-Control").Single(), StringComparison.Ordinal);
            Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("identity", null)]
    public async Task A_file_is_sent_in_the_best_encoding_that_the_browser_takes(string accepted, string? encoding)
    {
        await using var server = await TestServer.StartAsync();
        using var client = server.Anonymous();
        var url = AssetUrl().Match(await client.GetStringAsync("/login")).Groups[1].Value;
        var plain = await client.GetByteArrayAsync(url);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.AcceptEncoding.ParseAdd(accepted);
        using var answer = await client.SendAsync(request);
        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        await using var body = await answer.Content.ReadAsStreamAsync();
        Stream decoded = encoding switch { "br" => new BrotliStream(body, CompressionMode.Decompress), "gzip" => new GZipStream(body, CompressionMode.Decompress), _ => body };
        var read = new MemoryStream();
        await decoded.CopyToAsync(read);
        Assert.Equal(plain, read.ToArray());
    }

    [Theory]
    [InlineData("/assets/0000000000000000/site.css")]
    [InlineData("/assets/site.css")]
    [InlineData("/assets/../appsettings.json")]
    public async Task Another_address_has_no_file(string path)
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(path)).StatusCode);
    }

    [GeneratedRegex("(?:href|src)=\"(/assets/[^\"]+)\"", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex AssetUrl();
}
