using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Tests.Artifacts;

/// <summary>A store that never answers, as a server that is gone.</summary>
internal sealed class StalledArtifacts(TaskCompletionSource asked) : IArtifactStore
{
    public Task<StoreResult<JobArtifactResponse>> UploadAsync(CreateArtifactRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel) =>
        NeverAsync<StoreResult<JobArtifactResponse>>(cancel);

    public Task<StoreResult<IReadOnlyList<JobArtifactResponse>>> ListAsync(OtherRun? run, string? name, CancellationToken cancel) =>
        NeverAsync<StoreResult<IReadOnlyList<JobArtifactResponse>>>(cancel);

    public Task<StoreResult<bool>> DownloadAsync(OtherRun? run, JobArtifactResponse artifact, Stream target, CancellationToken cancel) => NeverAsync<StoreResult<bool>>(cancel);

    public Task<StoreResult<bool>> DeleteAsync(JobArtifactResponse artifact, CancellationToken cancel) => NeverAsync<StoreResult<bool>>(cancel);

    private async Task<T> NeverAsync<T>(CancellationToken cancel)
    {
        asked.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        throw new InvalidOperationException("An endless wait has ended.");
    }
}
