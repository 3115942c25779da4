using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Artifacts;

/// <summary>The artifacts at a job's server: its own run's by <see cref="ArtifactProtocol"/>, other runs' as <c>/v1</c> shows them to the token that is given.</summary>
internal sealed class ServerArtifacts(JobServer server) : IArtifactStore
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public Task<StoreResult<JobArtifactResponse>> UploadAsync(CreateArtifactRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel) =>
        BlockUpload.RunAsync(server, ArtifactProtocol.Path, request, Json.CreateArtifactRequest, Json.JobArtifactResponse, write, cancel);

    public async Task<StoreResult<IReadOnlyList<JobArtifactResponse>>> ListAsync(OtherRun? run, string? name, CancellationToken cancel)
    {
        if (run is not null) return await ListOtherAsync(run, name, cancel);
        var path = name is null ? ArtifactProtocol.Path : $"{ArtifactProtocol.Path}?name={Uri.EscapeDataString(name)}";
        return await server.GetAsync(path, Json.JobArtifactListResponse, cancel) switch
        {
            StoreResult<JobArtifactListResponse>.Done done => new StoreResult<IReadOnlyList<JobArtifactResponse>>.Done(done.Value.Artifacts),
            StoreResult<JobArtifactListResponse>.Refused no => new StoreResult<IReadOnlyList<JobArtifactResponse>>.Refused(no.Code, no.Message),
            _ => throw new InvalidOperationException("A store does or refuses."),
        };
    }

    public Task<StoreResult<bool>> DownloadAsync(OtherRun? run, JobArtifactResponse artifact, Stream target, CancellationToken cancel) => run is null
        ? server.DownloadAsync(string.Create(CultureInfo.InvariantCulture, $"{ArtifactProtocol.Path}/{artifact.Id}/content"), target, cancel)
        : server.DownloadAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/repos/{run.Repository}/artifacts/{artifact.Id}/download"), target, cancel, run.Token);

    public Task<StoreResult<bool>> DeleteAsync(JobArtifactResponse artifact, CancellationToken cancel) =>
        server.DeleteAsync(string.Create(CultureInfo.InvariantCulture, $"{ArtifactProtocol.Path}/{artifact.Id}"), cancel);

    /// <summary>All pages; of each name the newest that is still kept.</summary>
    private async Task<StoreResult<IReadOnlyList<JobArtifactResponse>>> ListOtherAsync(OtherRun run, string? name, CancellationToken cancel)
    {
        var newest = new SortedDictionary<string, JobArtifactResponse>(StringComparer.Ordinal);
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/repos/{run.Repository}/runs/{run.Run}/artifacts");
        long? after = null;
        do
        {
            var address = after is { } last ? string.Create(CultureInfo.InvariantCulture, $"{path}?after={last}") : path;
            switch (await server.GetAsync(address, Json.ArtifactPage, cancel, run.Token))
            {
                case StoreResult<Page<ArtifactResponse>>.Done { Value: var page }:
                    foreach (var artifact in page.Items.Where(artifact => !artifact.Expired && (name is null || artifact.Name == name))) newest[artifact.Name] = Own(artifact);
                    after = page.Next;
                    break;
                case StoreResult<Page<ArtifactResponse>>.Refused no:
                    return new StoreResult<IReadOnlyList<JobArtifactResponse>>.Refused(no.Code, no.Message);
            }
        }
        while (after is not null);
        return new StoreResult<IReadOnlyList<JobArtifactResponse>>.Done([.. newest.Values]);
    }

    private static JobArtifactResponse Own(ArtifactResponse artifact) => new(
        artifact.Id,
        artifact.Name,
        artifact.ArtifactType,
        artifact.ContentType,
        artifact.SizeBytes,
        artifact.Sha256,
        artifact.RunAttempt,
        artifact.CreatedAt,
        artifact.ExpiresAt,
        artifact.DownloadUrl);
}
