using Capstan.Contracts;
using Capstan.Runner.Checkout;
using Capstan.Runner.Files;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Files;

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

        Assert.Null(FolderRemoval.Empty(folder["workspace"], folder["workspace"]));

        Assert.Empty(Directory.GetFileSystemEntries(folder["workspace"]));
        Assert.Equal("kept", File.ReadAllText(folder["machine/file"]));
    }

    [Fact]
    public void A_link_in_the_place_of_the_folder_is_not_followed()
    {
        Precious();
        Directory.CreateSymbolicLink(folder["workspace"], folder["machine"]);

        Assert.Contains("is not in the workspace", FolderRemoval.Empty(folder["workspace"], folder["workspace"]), StringComparison.Ordinal);

        Assert.Equal("kept", File.ReadAllText(folder["machine/file"]));
    }

    [Fact]
    public void A_link_above_the_folder_is_not_followed()
    {
        Directory.CreateDirectory(folder["workspace"]);
        Directory.CreateDirectory(folder["machine/sub"]);
        Precious("machine/sub/file");
        Directory.CreateSymbolicLink(folder["workspace/link"], folder["machine"]);

        Assert.Contains("is not in the workspace", FolderRemoval.Empty(folder["workspace/link/sub"], folder["workspace"]), StringComparison.Ordinal);

        Assert.Equal("kept", File.ReadAllText(folder["machine/sub/file"]));
    }

    [Fact]
    public async Task A_checkout_after_a_step_that_put_a_link_in_the_workspaces_place_removes_nothing_there()
    {
        Precious();
        using var job = new JobHarness();
        job.Settings = job.Settings with { Checkout = new WorkingTreeCheckout(folder["source"], copy: _ => 0, alreadyThere: false) };

        var result = await job.RunStepsAsync($"- run: rm -rf \"$GITHUB_WORKSPACE\"; ln -s {folder["machine"]} \"$GITHUB_WORKSPACE\"\n- uses: actions/checkout@v4");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("is not in the workspace", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal("kept", await File.ReadAllTextAsync(folder["machine/file"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_link_to_an_empty_folder_has_nothing_that_could_be_lost()
    {
        Directory.CreateDirectory(folder["elsewhere"]);
        Directory.CreateSymbolicLink(folder["workspace"], folder["elsewhere"]);

        Assert.Null(FolderRemoval.Empty(folder["workspace"], folder["workspace"]));
    }

    private void Precious(string file = "machine/file")
    {
        Directory.CreateDirectory(folder["machine"]);
        File.WriteAllText(folder[file], "kept");
    }
}
