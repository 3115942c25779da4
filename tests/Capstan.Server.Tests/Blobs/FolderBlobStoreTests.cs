using System.Text.Json;
using Capstan.Server.Blobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Blobs;

public sealed class FolderBlobStoreTests : BlobStoreSuite, IDisposable
{
    private readonly string root = Path.Combine(Path.GetTempPath(), $"capstan-blobs-{Guid.NewGuid():N}");
    private readonly FolderBlobStore store;

    public FolderBlobStoreTests() => store = new FolderBlobStore(root, new FakeClock());

    protected override IBlobStore Store => store;

    [Fact]
    public async Task An_object_is_a_folder_with_its_payload_and_what_is_known_about_it()
    {
        var id = BlobId.New(TimeProvider.System);
        await store.PutAsync(id, (target, token) => target.WriteAsync("hello"u8.ToArray(), token).AsTask(), default);
        var folder = Path.Combine(root, store.StoragePath(id));
        Assert.Equal(["metadata.json", "payload"], Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(folder, "payload")));
        using var metadata = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "metadata.json")));
        Assert.Equal(id.Value, metadata.RootElement.GetProperty("id").GetGuid());
        Assert.Equal(5, metadata.RootElement.GetProperty("size_bytes").GetInt64());
        Assert.Equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", metadata.RootElement.GetProperty("sha256").GetString());
    }

    [Fact]
    public async Task Nothing_is_left_in_the_staging_folder_after_a_commit_or_a_delete()
    {
        var id = BlobId.New(TimeProvider.System);
        await store.StageAsync(id, "a", new MemoryStream([1]), default);
        await store.CommitAsync(id, ["a"], default);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(root, ".staging")));
        await store.DeleteAsync(id, default);
        Assert.Equal([".staging"], Directory.GetFileSystemEntries(root).Select(path => Path.GetFileName(path)!));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(root, ".staging")));
    }

    [Fact]
    public async Task What_a_crash_left_half_made_neither_shows_nor_hinders()
    {
        var id = BlobId.New(TimeProvider.System);
        await store.StageAsync(id, "a", new MemoryStream([1, 2]), default);
        var half = Directory.CreateDirectory(Path.Combine(root, ".staging", id.ToString(), "put-crashed"));
        await File.WriteAllTextAsync(Path.Combine(half.FullName, "payload"), "half");
        Assert.Null(await store.FindAsync(id, default));
        var committed = Assert.IsType<CommitBlobResult.Committed>(await store.CommitAsync(id, ["a"], default));
        Assert.Equal(2, committed.Blob.SizeBytes);
    }

    [Fact]
    public void Only_the_servers_user_can_look_into_the_folder()
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(root) & others);
    }

    [Fact]
    public async Task A_stream_that_is_open_stays_readable_when_its_object_is_deleted()
    {
        var id = BlobId.New(TimeProvider.System);
        await store.PutAsync(id, (target, token) => target.WriteAsync("hello"u8.ToArray(), token).AsTask(), default);
        await using var open = await store.OpenAsync(id, 0, null, default);
        await store.DeleteAsync(id, default);
        using var reader = new StreamReader(open!);
        Assert.Equal("hello", await reader.ReadToEndAsync());
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
