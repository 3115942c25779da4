using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Uploads;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Artifacts;

public sealed class FolderArtifactsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_downloads_its_own_artifact_also_when_another_has_put_one_in_its_place()
    {
        var first = new FolderArtifacts(folder.Path, TimeProvider.System);
        var second = new FolderArtifacts(folder.Path, TimeProvider.System);
        var own = await UploadAsync(first, "first");
        var others = await UploadAsync(second, "second");

        Assert.Equal("first", await DownloadAsync(first, own));
        Assert.Equal("second", await DownloadAsync(second, others));
        Assert.Equal("second", File.ReadAllText(Assert.Single(first.Files)));
    }

    [Fact]
    public async Task What_was_overwritten_is_gone()
    {
        var artifacts = new FolderArtifacts(folder.Path, TimeProvider.System);
        var old = await UploadAsync(artifacts, "old");
        await UploadAsync(artifacts, "new");

        Assert.IsType<StoreResult<bool>.Refused>(await artifacts.DownloadAsync(run: null, old, Stream.Null, default));
    }

    [Fact]
    public async Task A_file_and_a_zip_that_would_be_called_the_same_stand_beside_each_other()
    {
        var artifacts = new FolderArtifacts(folder.Path, TimeProvider.System);
        var zipped = await UploadAsync(artifacts, "zipped", "x");
        var plain = await UploadAsync(artifacts, "plain", "x.zip", "application/octet-stream");
        await UploadAsync(artifacts, "zipped anew", "x");

        Assert.Equal("x.zip zipped anew, x~2.zip plain", string.Join(", ", artifacts.Files.Select(file => $"{Path.GetFileName(file)} {File.ReadAllText(file)}")));
        Assert.EndsWith("/x~2.zip", plain.Url, StringComparison.Ordinal);

        await artifacts.DeleteAsync(zipped, default);
        await artifacts.DeleteAsync(plain, default);
        Assert.Equal("x.zip", Path.GetFileName(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    [Theory]
    [InlineData("a", 255)]
    [InlineData("文", 255)]
    public async Task A_name_that_is_too_long_for_a_file_is_cut_and_stays_apart_from_others(string letter, int times)
    {
        var artifacts = new FolderArtifacts(folder.Path, TimeProvider.System);
        var name = string.Concat(Enumerable.Repeat(letter, times));
        var one = await UploadAsync(artifacts, "one", name);
        var other = await UploadAsync(artifacts, "other", name[..^1] + "b");

        Assert.Equal(("one", "other"), (await DownloadAsync(artifacts, one), await DownloadAsync(artifacts, other)));
        Assert.Equal(2, artifacts.Files.Distinct().Count());
        Assert.All(artifacts.Files, file => Assert.Matches("^.{80,}~[0-9a-f]{8}\\.zip$", Path.GetFileName(file)));
    }

    private static async Task<JobArtifactResponse> UploadAsync(FolderArtifacts artifacts, string text, string name = "it", string? type = null)
    {
        var request = new CreateArtifactRequest(name, ContentType: type) { Overwrite = true };
        var done = await artifacts.UploadAsync(request, async (stream, cancel) => await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text), cancel), default);
        return Assert.IsType<StoreResult<JobArtifactResponse>.Done>(done).Value;
    }

    private static async Task<string> DownloadAsync(FolderArtifacts artifacts, JobArtifactResponse artifact)
    {
        using var target = new MemoryStream();
        Assert.IsType<StoreResult<bool>.Done>(await artifacts.DownloadAsync(run: null, artifact, target, default));
        return System.Text.Encoding.UTF8.GetString(target.ToArray());
    }
}
