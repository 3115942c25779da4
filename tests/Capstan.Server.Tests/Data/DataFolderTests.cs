using Capstan.Server.Data;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Data;

public sealed class DataFolderTests
{
    [Fact]
    public void A_folder_that_holds_something_else_is_refused_and_unchanged()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary["diary.txt"], "dear diary");
        var refusal = Assert.Throws<StartupException>(() => DataFolder.Open(temporary.Path));
        Assert.Contains("diary.txt", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([temporary["diary.txt"]], Directory.GetFileSystemEntries(temporary.Path));
    }

    [Fact]
    public void A_folder_keeps_its_id_and_is_closed_to_others()
    {
        using var temporary = new TemporaryFolder();
        var first = DataFolder.Open(temporary["data"]);
        Assert.Equal(first.StorageId, DataFolder.Open(temporary["data"]).StorageId);
        foreach (var folder in new[] { first.Root, first.Git, first.Blobs, first.WebKeys })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task Servers_that_make_a_folder_together_agree_on_its_id()
    {
        using var temporary = new TemporaryFolder();
        var ids = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => DataFolder.Open(temporary["data"]).StorageId)));
        Assert.Single(ids.Distinct());
    }

    [Fact]
    public void An_id_that_another_server_is_still_writing_is_nothing_foreign()
    {
        using var temporary = new TemporaryFolder();
        Directory.CreateDirectory(temporary["data"]);
        File.WriteAllText(Path.Combine(temporary["data"], "storage-id.0123456789abcdef"), "");
        Assert.NotEqual(Guid.Empty, DataFolder.Open(temporary["data"]).StorageId);
    }

    [Fact]
    public async Task A_folder_of_another_database_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var other = new TemporaryFolder();
        var refusal = await Assert.ThrowsAsync<StartupException>(() => CapstanServer.StartAsync(server.Options with { DataFolder = other["data"] }));
        Assert.Contains("does not belong to this database", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Repositories_without_their_database_are_refused()
    {
        await using var database = await ServerDatabase.CreateMigratedAsync();
        using var temporary = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(DataFolder.Open(temporary["data"]).Git, "1.git"));
        var options = new ServerOptions { DataFolder = temporary["data"], DatabaseConnection = database.ConnectionString, Urls = ["http://127.0.0.1:0"] };
        var refusal = await Assert.ThrowsAsync<StartupException>(() => CapstanServer.StartAsync(options));
        Assert.Contains("holds repositories of another one", refusal.Message, StringComparison.Ordinal);
    }
}
