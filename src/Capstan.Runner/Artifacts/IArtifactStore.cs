using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Artifacts;

/// <summary>
/// Where the artifacts of a job's run are: at the job's server, or in a folder of this machine. The rules are those of <see cref="ArtifactProtocol"/>. Safe from any thread.
/// Calls that a server does not answer are tried again until they are cancelled.
/// </summary>
public interface IArtifactStore
{
    /// <summary>Nobody sees the artifact before all of it is there.</summary>
    /// <param name="write">Writes its bytes.</param>
    Task<StoreResult<JobArtifactResponse>> UploadAsync(CreateArtifactRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel);

    /// <summary>By name; of names that several attempts have, the newest.</summary>
    /// <param name="run">Null: the job's own.</param>
    /// <param name="name">Null: all.</param>
    Task<StoreResult<IReadOnlyList<JobArtifactResponse>>> ListAsync(OtherRun? run, string? name, CancellationToken cancel);

    /// <param name="target">Gets the bytes as they were stored, from where it stands.</param>
    /// <param name="run">That the artifact was listed for.</param>
    Task<StoreResult<bool>> DownloadAsync(OtherRun? run, JobArtifactResponse artifact, Stream target, CancellationToken cancel);

    /// <summary>Of the job's own run.</summary>
    Task<StoreResult<bool>> DeleteAsync(JobArtifactResponse artifact, CancellationToken cancel);
}

/// <summary>A run that is not the job's own.</summary>
/// <param name="Repository"><c>owner/repo</c>.</param>
/// <param name="Token">Whose right to read the repository counts.</param>
public sealed record OtherRun(string Repository, long Run, string Token);
