using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Artifacts;
using Capstan.Server.Blobs;
using Capstan.Server.Caches;
using Capstan.Server.Tests.Data;
using Capstan.Server.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Blobs;

/// <summary>The protocol that artifacts and caches share, tried on both.</summary>
public sealed class UploadTests
{
    private const string Artifacts = ArtifactProtocol.Path;
    private const string Caches = CacheProtocol.Path;

    [Theory]
    [InlineData(Artifacts)]
    [InlineData(Caches)]
    public async Task Blocks_come_in_any_order_again_and_at_once_and_the_commits_list_decides(string path)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, path);
        await job.StageAsync(path, id, "b", "wrong"u8.ToArray());
        foreach (var answer in await Task.WhenAll(
            job.StageAsync(path, id, "c", "three"u8.ToArray()), job.StageAsync(path, id, "b", "two"u8.ToArray()), job.StageAsync(path, id, "a", "one"u8.ToArray())))
        {
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        await job.StageAsync(path, id, "unused", "unused"u8.ToArray());
        var commit = new CommitUploadRequest(["a", "b", "c"], 11, Sha256("onetwothree"));
        var first = await job.CommitAsync(path, id, commit);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);

        // The answer was lost: the same is asked again.
        var second = await job.CommitAsync(path, id, commit);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal("onetwothree", await job.Http.GetStringAsync($"{path}/{id}/content"));
        Assert.Equal("upload_committed", await Problem.CodeAsync(await job.StageAsync(path, id, "d", [1]), HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData(Artifacts)]
    [InlineData(Caches)]
    public async Task A_commit_names_the_block_that_is_missing_and_works_once_it_came(string path)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, path);
        await job.StageAsync(path, id, "a", [1]);
        var refused = await job.CommitAsync(path, id, new CommitUploadRequest(["a", "b"], 2));
        Assert.Equal("upload_incomplete", await Problem.CodeAsync(refused, HttpStatusCode.Conflict));
        Assert.Equal("b", JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("block").GetString());
        await job.StageAsync(path, id, "b", [2]);
        Assert.Equal(HttpStatusCode.OK, (await job.CommitAsync(path, id, new CommitUploadRequest(["a", "b"], 2))).StatusCode);
    }

    [Theory]
    [InlineData(Artifacts, 3, null)]
    [InlineData(Caches, 2, "0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Bytes_that_are_not_what_was_said_are_thrown_away(string path, long size, string? sha256)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, path);
        await job.StageAsync(path, id, "a", [1, 2]);
        Assert.Equal("upload_mismatch", await Problem.CodeAsync(await job.CommitAsync(path, id, new CommitUploadRequest(["a"], size, sha256)), HttpStatusCode.UnprocessableEntity));
        Assert.Equal("not_found", await Problem.CodeAsync(await job.CommitAsync(path, id, new CommitUploadRequest(["a"], 2)), HttpStatusCode.NotFound));
        Assert.Equal("deleted", Assert.Single(await world.QueryAsync<string>("select state from blobs")));
        Assert.NotEqual(id, await BeginAsync(job, path));
    }

    [Theory]
    [InlineData(Artifacts)]
    [InlineData(Caches)]
    public async Task An_upload_is_only_its_own_jobs_until_it_is_committed(string path)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var other = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, path);
        await job.StageAsync(path, id, "a", [1]);
        Assert.Equal("not_found", await Problem.CodeAsync(await other.StageAsync(path, id, "a", [2]), HttpStatusCode.NotFound));
        Assert.Equal("not_found", await Problem.CodeAsync(await other.CommitAsync(path, id, new CommitUploadRequest(["a"], 1)), HttpStatusCode.NotFound));
        Assert.Equal("not_found", await Problem.CodeAsync(await job.Http.GetAsync($"{path}/{id}/content"), HttpStatusCode.NotFound));

        await world.EndAsync(job.Key);
        Assert.Equal("unauthenticated", await Problem.CodeAsync(await job.StageAsync(path, id, "a", [1]), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_person_and_a_runner_are_no_jobs()
    {
        await using var world = await JobWorld.StartAsync();
        var (_, _, admin) = await world.Server.SignedInAsync(isAdmin: true);
        Assert.Equal("forbidden", await Problem.CodeAsync(await admin.GetAsync(Artifacts), HttpStatusCode.Forbidden));
        Assert.Equal("unauthenticated", await Problem.CodeAsync(await world.Server.Anonymous().GetAsync(Artifacts), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task A_block_may_be_as_large_as_the_limit_and_no_larger_whether_or_not_its_size_is_said()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, Artifacts);
        var largest = new byte[UploadProtocol.MaxBlockBytes];
        Assert.Equal(HttpStatusCode.NoContent, (await job.StageAsync(Artifacts, id, "a", largest)).StatusCode);
        Assert.Equal("body_too_large", await Problem.CodeAsync(await job.StageAsync(Artifacts, id, "b", [.. largest, 1]), HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal(HttpStatusCode.NoContent, (await job.Http.PutAsync($"{Artifacts}/{id}/blocks/c", new UnknownLength(largest))).StatusCode);
        Assert.Equal("body_too_large", await Problem.CodeAsync(await job.Http.PutAsync($"{Artifacts}/{id}/blocks/d", new UnknownLength([.. largest, 1])), HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal("invalid", await Problem.CodeAsync(await job.StageAsync(Artifacts, id, "e", []), HttpStatusCode.BadRequest));
        Assert.Equal("invalid", await Problem.CodeAsync(await job.StageAsync(Artifacts, id, new string('x', UploadProtocol.MaxBlockNameLength + 1), [1]), HttpStatusCode.BadRequest));

        // Neither a larger block nor a malformed name left anything behind.
        var size = 2L * UploadProtocol.MaxBlockBytes;
        Assert.Equal(HttpStatusCode.OK, (await job.CommitAsync(Artifacts, id, new CommitUploadRequest(["a", "c"], size))).StatusCode);
    }

    [Theory]
    [InlineData(Artifacts, ArtifactProtocol.MaxBytes)]
    [InlineData(Caches, CacheProtocol.MaxBytes)]
    public async Task An_upload_may_be_as_large_as_the_limit_and_be_sent_twice(string path, long limit)
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, path);
        Assert.Equal("upload_too_large", await Problem.CodeAsync(await job.CommitAsync(path, id, new CommitUploadRequest([], limit + 1)), HttpStatusCode.RequestEntityTooLarge));

        await world.ScalarAsync<object>("update blobs set staged_bytes = @Sent", new { Sent = (2 * limit) - 2 });
        Assert.Equal(HttpStatusCode.NoContent, (await job.StageAsync(path, id, "a", [1, 2])).StatusCode);
        Assert.Equal("upload_too_large", await Problem.CodeAsync(await job.StageAsync(path, id, "a", [1]), HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal(HttpStatusCode.OK, (await job.CommitAsync(path, id, new CommitUploadRequest(["a"], 2))).StatusCode);
    }

    [Fact]
    public async Task A_malformed_commit_is_told_all_that_is_wrong_with_it()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, Artifacts);
        string[][] lists = [["a", "a"], ["a/b"], [.. Enumerable.Range(0, UploadProtocol.MaxBlocks + 1).Select(n => $"{n}")]];
        foreach (var blocks in lists)
        {
            var answer = await job.CommitAsync(Artifacts, id, new CommitUploadRequest(blocks, -1, "abc"));
            Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
            var errors = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("errors");
            Assert.Equal(["blocks", "sha256", "size_bytes"], errors.EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task An_empty_upload_is_committed_without_blocks()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var id = await BeginAsync(job, Artifacts);
        Assert.Equal(HttpStatusCode.OK, (await job.CommitAsync(Artifacts, id, new CommitUploadRequest([], 0, Sha256("")))).StatusCode);
        Assert.Equal("", await job.Http.GetStringAsync($"{Artifacts}/{id}/content"));
    }

    [Fact]
    public async Task A_part_is_given_by_range_and_what_is_known_already_is_not_sent_again()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var artifact = await job.UploadArtifactAsync(new CreateArtifactRequest("a"), "0123456789"u8.ToArray());
        using var part = new HttpRequestMessage(HttpMethod.Get, $"{Artifacts}/{artifact.Id}/content") { Headers = { { "Range", "bytes=3-5" } } };
        var answer = await job.Http.SendAsync(part);
        Assert.Equal((HttpStatusCode.PartialContent, "345"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        using var end = new HttpRequestMessage(HttpMethod.Get, $"{Artifacts}/{artifact.Id}/content") { Headers = { { "Range", "bytes=-2" } } };
        Assert.Equal("89", await (await job.Http.SendAsync(end)).Content.ReadAsStringAsync());
        using var again = new HttpRequestMessage(HttpMethod.Get, $"{Artifacts}/{artifact.Id}/content") { Headers = { { "If-None-Match", answer.Headers.ETag!.ToString() } } };
        Assert.Equal(HttpStatusCode.NotModified, (await job.Http.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task Counting_a_blocks_bytes_scans_no_table()
    {
        await using var database = await ServerDatabase.CreateAsync();
        foreach (var kind in (UploadKind[])[ArtifactRules.Upload, CacheRules.Upload])
        {
            var plan = await QueryPlan.OfAsync(database.ConnectionString, JobUploads.ReserveSql(kind), ("Id", 1L), ("Execution", 1L), ("Bytes", 1L), ("Limit", 1L));
            Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        }
    }

    private static async Task<long> BeginAsync(JobClient job, string path) =>
        await JobClient.IdAsync(path == Artifacts ? await job.BeginArtifactAsync(new CreateArtifactRequest("a")) : await job.ReserveCacheAsync("a"));

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A body that is sent in chunks, without saying how long it is.</summary>
    private sealed class UnknownLength(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
