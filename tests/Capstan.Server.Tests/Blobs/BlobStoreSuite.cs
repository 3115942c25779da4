using System.Security.Cryptography;
using System.Text;
using Capstan.Server.Blobs;
using Xunit;

namespace Capstan.Server.Tests.Blobs;

/// <summary>What every blob store does. A store's own test class says how to make one, and new behaviour is added here.</summary>
public abstract class BlobStoreSuite
{
    private readonly BlobId id = BlobId.New(TimeProvider.System);

    protected abstract IBlobStore Store { get; }

    [Fact]
    public async Task Blocks_staged_in_any_order_are_committed_in_the_order_of_the_list()
    {
        await StageAsync("b", "world");
        await StageAsync("a", "hello ");
        var blob = await CommitAsync("a", "b");
        Assert.Equal(11, blob.SizeBytes);
        Assert.Equal(SHA256.HashData("hello world"u8), blob.Sha256.ToArray());
        Assert.Equal("hello world", await ReadAsync(0, null));
    }

    [Fact]
    public async Task A_block_sent_again_replaces_itself_and_one_not_named_is_dropped()
    {
        await StageAsync("a", "half");
        await StageAsync("a", "whole");
        await StageAsync("unused", "x");
        await CommitAsync("a");
        Assert.Equal("whole", await ReadAsync(0, null));
    }

    [Fact]
    public async Task A_block_may_be_named_twice_in_the_list()
    {
        await StageAsync("a", "ha");
        await CommitAsync("a", "a");
        Assert.Equal("haha", await ReadAsync(0, null));
    }

    [Theory]
    [InlineData("../../escape")]
    [InlineData("a/b\\c:d é \n")]
    [InlineData("")]
    public async Task A_block_may_have_any_name(string name)
    {
        await StageAsync(name, "x");
        await CommitAsync(name);
        Assert.Equal("x", await ReadAsync(0, null));
    }

    [Fact]
    public async Task The_longest_name_of_a_block_fits_and_a_longer_one_is_refused()
    {
        await StageAsync(new string('é', IBlobStore.MaxBlockNameLength), "x");
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => StageAsync(new string('e', IBlobStore.MaxBlockNameLength + 1), "x"));
    }

    [Fact]
    public async Task Committing_again_gives_the_same_object()
    {
        await StageAsync("a", "one");
        var first = await CommitAsync("a");
        var again = await CommitAsync("a");
        Assert.Equal(first.Sha256.ToArray(), again.Sha256.ToArray());
    }

    [Fact]
    public async Task Of_commits_at_the_same_moment_all_give_the_same_object()
    {
        await StageAsync("a", new string('x', 1_000_000));
        var blobs = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => CommitAsync("a"))));
        Assert.All(blobs, blob => Assert.Equal(1_000_000, blob.SizeBytes));
    }

    [Fact]
    public async Task A_committed_object_is_immutable()
    {
        await StageAsync("a", "one");
        await CommitAsync("a");
        Assert.False(await Store.StageAsync(id, "a", Bytes("two"), default));
        var put = await Store.PutAsync(id, (target, token) => target.WriteAsync("three"u8.ToArray(), token).AsTask(), default);
        Assert.Equal(3, put.SizeBytes);
        Assert.Equal("one", await ReadAsync(0, null));
    }

    [Fact]
    public async Task A_commit_of_a_block_that_was_never_staged_names_it_and_changes_nothing()
    {
        await StageAsync("a", "one");
        Assert.Equal(new CommitBlobResult.BlockMissing("b"), await Store.CommitAsync(id, ["a", "b"], default));
        Assert.Null(await Store.FindAsync(id, default));
        await CommitAsync("a");
    }

    [Fact]
    public async Task Nothing_staged_is_visible_before_the_commit()
    {
        await StageAsync("a", "one");
        Assert.Null(await Store.FindAsync(id, default));
        Assert.Null(await Store.OpenAsync(id, 0, null, default));
    }

    [Fact]
    public async Task An_object_put_in_one_go_has_its_size_and_hash()
    {
        var blob = await Store.PutAsync(id, (target, token) => target.WriteAsync("hello"u8.ToArray(), token).AsTask(), default);
        Assert.Equal(SHA256.HashData("hello"u8), blob.Sha256.ToArray());
        var found = await Store.FindAsync(id, default);
        Assert.Equal(5, found!.SizeBytes);
        Assert.Equal(blob.Sha256.ToArray(), found.Sha256.ToArray());
    }

    [Fact]
    public async Task A_put_whose_writer_fails_leaves_no_object()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => Store.PutAsync(
            id,
            async (target, token) =>
            {
                await target.WriteAsync("half"u8.ToArray(), token);
                throw new InvalidDataException();
            },
            default));
        Assert.Null(await Store.FindAsync(id, default));
        await Store.PutAsync(id, (target, token) => target.WriteAsync("whole"u8.ToArray(), token).AsTask(), default);
        Assert.Equal("whole", await ReadAsync(0, null));
    }

    [Theory]
    [InlineData(0, null, "hello world")]
    [InlineData(6, null, "world")]
    [InlineData(0, 5L, "hello")]
    [InlineData(4, 3L, "o w")]
    [InlineData(6, 100L, "world")]
    [InlineData(11, null, "")]
    [InlineData(100, 5L, "")]
    [InlineData(3, 0L, "")]
    public async Task Any_range_can_be_read(long offset, long? length, string expected)
    {
        await StageAsync("a", "hello world");
        await CommitAsync("a");
        Assert.Equal(expected, await ReadAsync(offset, length));
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        Assert.Equal(0, (await CommitAsync()).SizeBytes);
        Assert.Equal("", await ReadAsync(0, null));
    }

    [Fact]
    public async Task Deleting_removes_object_and_blocks_and_may_be_repeated()
    {
        await StageAsync("a", "one");
        await CommitAsync("a");
        await Store.DeleteAsync(id, default);
        Assert.Null(await Store.FindAsync(id, default));
        Assert.Null(await Store.OpenAsync(id, 0, null, default));
        await Store.DeleteAsync(id, default);
        Assert.IsType<CommitBlobResult.BlockMissing>(await Store.CommitAsync(id, ["a"], default));
    }

    [Fact]
    public async Task Deleting_what_is_only_staged_removes_it()
    {
        await StageAsync("a", "one");
        await Store.DeleteAsync(id, default);
        Assert.IsType<CommitBlobResult.BlockMissing>(await Store.CommitAsync(id, ["a"], default));
    }

    private async Task StageAsync(string block, string content) => Assert.True(await Store.StageAsync(id, block, Bytes(content), default));

    private async Task<StoredBlob> CommitAsync(params string[] blocks) =>
        Assert.IsType<CommitBlobResult.Committed>(await Store.CommitAsync(id, blocks, default)).Blob;

    private async Task<string> ReadAsync(long offset, long? length)
    {
        await using var stream = await Store.OpenAsync(id, offset, length, default);
        using var reader = new StreamReader(stream!, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
