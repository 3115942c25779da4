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

    private static async Task<JobArtifactResponse> UploadAsync(FolderArtifacts artifacts, string text)
    {
        var request = new CreateArtifactRequest("it") { Overwrite = true };
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
