using Capstan.Runner.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

public sealed class FolderRemovalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_a_link_in_a_folder_leads_to_stays_when_the_folder_is_emptied()
    {
        Directory.CreateDirectory(folder["workspace/sub"]);
        Precious();
        Directory.CreateSymbolicLink(folder["workspace/link"], folder["machine"]);

        Assert.Null(FolderRemoval.Empty(folder["workspace"]));

        Assert.Empty(Directory.GetFileSystemEntries(folder["workspace"]));
        Assert.Equal("kept", File.ReadAllText(folder["machine/file"]));
    }

    [Fact]
    public void A_link_in_the_place_of_the_folder_is_not_followed()
    {
        Precious();
        Directory.CreateSymbolicLink(folder["workspace"], folder["machine"]);

        Assert.Contains("is a link to", FolderRemoval.Empty(folder["workspace"]), StringComparison.Ordinal);

        Assert.Equal("kept", File.ReadAllText(folder["machine/file"]));
    }

    [Fact]
    public void A_link_to_an_empty_folder_has_nothing_that_could_be_lost()
    {
        Directory.CreateDirectory(folder["elsewhere"]);
        Directory.CreateSymbolicLink(folder["workspace"], folder["elsewhere"]);

        Assert.Null(FolderRemoval.Empty(folder["workspace"]));
    }

    private void Precious()
    {
        Directory.CreateDirectory(folder["machine"]);
        File.WriteAllText(folder["machine/file"], "kept");
    }
}
