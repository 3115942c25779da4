using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class FetchTests(GitServer git) : IClassFixture<GitServer>
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_clone_has_everything_that_was_pushed(int protocol)
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.CommitAsync("dir/b.txt", "b");
        await work.RunAsync("tag", "v1");
        await work.RunAsync("push", "origin", "main", "v1");

        using var other = new GitClient();
        await other.RunAsync("-c", $"protocol.version={protocol}", "clone", "--quiet", repository.UrlFor(git.Developer), ".");
        Assert.Equal(await work.HeadAsync(), await other.HeadAsync());
        Assert.Equal("main", await other.RunAsync("branch", "--show-current"));
        Assert.Equal(await work.HeadAsync(), await other.RunAsync("rev-parse", "v1"));

        await work.CommitAsync("c.txt", "c");
        await work.RunAsync("push", "origin", "main");
        await other.RunAsync("-c", $"protocol.version={protocol}", "pull", "--quiet");
        Assert.Equal(await work.HeadAsync(), await other.HeadAsync());
    }

    [Fact]
    public async Task A_repository_without_commits_can_be_cloned_and_gives_its_branchs_name()
    {
        var repository = await git.CreateAsync(defaultBranch: "trunk");
        using var other = new GitClient();
        await other.RunAsync("-c", "protocol.version=2", "clone", "--quiet", repository.UrlFor(git.Developer), ".");
        Assert.Equal("trunk", await other.RunAsync("branch", "--show-current"));
    }

    [Fact]
    public async Task Shallow_partial_and_single_commit_fetches_are_served()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var first = await work.HeadAsync();
        await work.CommitAsync("README.md", "second");
        await work.RunAsync("push", "origin", "main");

        using var shallow = new GitClient();
        await shallow.RunAsync("clone", "--quiet", "--depth=1", repository.UrlFor(git.Developer), ".");
        Assert.Equal("1", await shallow.RunAsync("rev-list", "--count", "HEAD"));
        await shallow.RunAsync("fetch", "--quiet", "--unshallow");
        Assert.Equal("2", await shallow.RunAsync("rev-list", "--count", "HEAD"));

        using var partial = new GitClient();
        await partial.RunAsync("clone", "--quiet", "--filter=blob:none", "--no-checkout", repository.UrlFor(git.Developer), ".");
        Assert.Contains("?", await partial.RunAsync("rev-list", "--objects", "--missing=print", "HEAD"), StringComparison.Ordinal);

        // As a checkout of a run does it: one commit by its name, which is no branch's head any more.
        foreach (var protocol in new[] { "0", "2" })
        {
            using var single = new GitClient();
            await single.RunAsync("init", "--quiet", ".");
            await single.RunAsync("-c", $"protocol.version={protocol}", "fetch", "--quiet", "--depth=1", repository.UrlFor(git.Developer), first);
            Assert.Equal(first, await single.RunAsync("rev-parse", "FETCH_HEAD"));
        }
    }

    [Fact]
    public async Task A_request_compressed_with_gzip_is_understood()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        var response = await git.Developer.Client.SendAsync(Fetch(repository, $"0032want {await work.HeadAsync()}\n00000009done\n", compress: true));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/x-git-upload-pack-result", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("no-cache", response.Headers.CacheControl?.ToString(), StringComparison.Ordinal);
        Assert.Contains("PACK", Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_may_name_more_commits_than_fit_into_the_bodies_of_other_routes()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        var body = new StringBuilder($"0032want {await work.HeadAsync()}\n0000");
        for (var commit = 1; body.Length <= Server.Hosting.HostingFeature.MaxRequestBodyBytes; commit++)
            body.Append($"0032have {commit:x40}\n");
        var answer = await git.Developer.Client.SendAsync(Fetch(repository, body.Append("0009done\n").ToString(), compress: false));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("PACK", Encoding.ASCII.GetString(await answer.Content.ReadAsByteArrayAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_unfolds_to_more_than_the_limit_is_refused()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");

        // Git would go on to read: nothing in it is wrong but that it does not end.
        var want = $"0032want {await work.HeadAsync()}\n";
        var bomb = Fetch(repository, new StringBuilder().Insert(0, want, (int)(Server.Git.GitEndpoints.MaxFetchRequestBytes / want.Length) + 1).ToString(), compress: true);
        Assert.Equal("body_too_large", await Problem.CodeAsync(await git.Developer.Client.SendAsync(bomb), HttpStatusCode.RequestEntityTooLarge));
    }

    [Fact]
    public async Task A_request_that_is_not_compressed_as_it_says_is_refused()
    {
        var repository = await git.CreateAsync();
        var request = Fetch(repository, "00000009done\n", compress: false);
        request.Content!.Headers.ContentEncoding.Add("gzip");
        await Problem.CodeAsync(await git.Developer.Client.SendAsync(request), HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("git-upload-pack", "text/plain")]
    [InlineData("git-receive-pack", "application/x-git-upload-pack-request")]
    public async Task Another_content_type_is_refused(string service, string contentType)
    {
        var repository = await git.CreateAsync();
        using var content = new StringContent("0000");
        content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        var response = await git.Developer.Client.PostAsync(new Uri($"/acme/{repository.Name}.git/{service}", UriKind.Relative), content);
        await Problem.CodeAsync(response, HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task The_probe_of_a_large_push_is_answered_with_nothing()
    {
        var repository = await git.CreateAsync();
        using var content = new StringContent("0000");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-git-receive-pack-request");
        var response = await git.Developer.Client.PostAsync(new Uri($"/acme/{repository.Name}.git/git-receive-pack", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("info/refs", HttpStatusCode.Forbidden)]
    [InlineData("info/refs?service=git-evil", HttpStatusCode.Forbidden)]
    [InlineData("HEAD", HttpStatusCode.NotFound)]
    [InlineData("objects/info/packs", HttpStatusCode.NotFound)]
    public async Task The_protocol_without_a_service_is_not_served(string path, HttpStatusCode status)
    {
        var repository = await git.CreateAsync(visibility: "public");
        await Problem.CodeAsync(await git.Developer.Client.GetAsync(new Uri($"/acme/{repository.Name}.git/{path}", UriKind.Relative)), status);
    }

    [Fact]
    public async Task A_protocol_header_with_anything_but_a_version_is_dropped()
    {
        var repository = await git.CreateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/acme/{repository.Name}/info/refs?service=git-upload-pack");
        request.Headers.TryAddWithoutValidation("Git-Protocol", "version=2;$(touch x)");
        var answer = await (await git.Developer.Client.SendAsync(request)).Content.ReadAsStringAsync();
        Assert.StartsWith("001e# service=git-upload-pack\n0000", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("version 2", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_own_refs_are_not_shown()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("-C", repository.FolderOnServer, "update-ref", "refs/capstan/note", await repository.RefAsync("refs/heads/main") ?? "");
        Assert.DoesNotContain("capstan", await work.RunAsync("ls-remote", "origin"), StringComparison.Ordinal);
        Assert.DoesNotContain("capstan", await work.RunAsync("-c", "protocol.version=0", "ls-remote", "origin"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Git_ends_when_the_client_goes_away()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        var noise = new byte[8 * 1024 * 1024];
        new Random(Seed: 3).NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(work.Folder, "noise"), noise);
        await work.RunAsync("add", "--all");
        await work.RunAsync("commit", "--quiet", "--message", "noise");
        await work.RunAsync("push", "origin", "main");

        using (var client = new System.Net.Sockets.TcpClient())
        {
            var address = new Uri(git.Server.Url);
            await client.ConnectAsync(address.Host, address.Port);
            var body = $"0032want {await work.HeadAsync()}\n00000009done\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /acme/{repository.Name}.git/git-upload-pack HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {git.Developer.Token}\r\n"
                + $"Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            Assert.True(await client.GetStream().ReadAsync(new byte[100]) > 0);
            client.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
        }

        await Testing.Eventually.TrueAsync(() => !ProcessesIn(repository.FolderOnServer).Any());
    }

    private static IEnumerable<string> ProcessesIn(string folder) => Directory.GetDirectories("/proc")
        .Where(process => int.TryParse(Path.GetFileName(process), out _))
        .Where(process =>
        {
            try
            {
                return new FileInfo(Path.Combine(process, "cwd")).LinkTarget == folder && File.ReadAllText(Path.Combine(process, "cmdline")).Contains("pack", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        });

    private static HttpRequestMessage Fetch(HostedRepository repository, string body, bool compress)
    {
        var bytes = Encoding.ASCII.GetBytes(body);
        if (compress)
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
                gzip.Write(bytes);
            bytes = compressed.ToArray();
        }

        var request = new HttpRequestMessage(HttpMethod.Post, $"/acme/{repository.Name}.git/git-upload-pack") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-git-upload-pack-request");
        if (compress)
            request.Content.Headers.ContentEncoding.Add("gzip");
        return request;
    }
}
