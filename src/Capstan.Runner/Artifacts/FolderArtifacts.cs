using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Uploads;
using Microsoft.Win32.SafeHandles;

namespace Capstan.Runner.Artifacts;

/// <summary>
/// The artifacts of one run in a folder of this machine, as files with their names: <c>name.zip</c>, or just the name of one that is no zip; the second of one name (a file
/// <c>x.zip</c> and a zip <c>x</c>) is <c>x~2.zip</c>, and a name that is too long for a file is cut. What earlier runs left there is not of this
/// run, and gives way when this run uploads under its name. This run keeps its own open: another one of the same workflow at the same time may put its file in the place.
/// </summary>
/// <param name="folder">Absolute; made when it is needed.</param>
public sealed class FolderArtifacts(string folder, TimeProvider clock) : IArtifactStore
{
    private const int CopyBytes = 128 * 1024;

    private static readonly TimeSpan Kept = new(90, 0, 0, 0);

    private readonly Lock gate = new();
    private long lastId;
    private Dictionary<string, Held>? byName;

    /// <summary>Made for the first artifact.</summary>
    private Dictionary<string, Held> ByName => byName ??= new Dictionary<string, Held>(StringComparer.Ordinal);

    /// <summary>The files of the artifacts there are now, by name.</summary>
    public IReadOnlyList<string> Files
    {
        get
        {
            lock (gate) return byName is null ? [] : [.. InOrder().Select(held => held.File)];
        }
    }

    private IEnumerable<Held> InOrder() => ByName.Values.OrderBy(held => held.Artifact.Name, StringComparer.Ordinal);

    public async Task<StoreResult<JobArtifactResponse>> UploadAsync(CreateArtifactRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        lock (gate)
        {
            if (!request.Overwrite && ByName.ContainsKey(request.Name)) return Exists();
        }

        Directory.CreateDirectory(folder);
        var incoming = Path.Combine(folder, ".incoming-" + Guid.NewGuid().ToString("N"));
        try
        {
            long size;
            string sha256;
            await using (var hashing = new HashingStream(new FileStream(incoming, FileMode.CreateNew, FileAccess.Write)))
            {
                await write(hashing, cancel);
                (size, sha256) = (hashing.Size, hashing.Sha256);
            }

            var now = clock.GetUtcNow();
            lock (gate)
            {
                // Of two jobs that upload under one name at once, the first that is done has it.
                if (!request.Overwrite && ByName.ContainsKey(request.Name)) return Exists();
                var artifact = new JobArtifactResponse(
                    ++lastId, request.Name, request.ArtifactType ?? "binary", request.ContentType ?? ArtifactProtocol.Zip, size, sha256, RunAttempt: 1, now, now + Kept, Url: "");
                var file = FreeFile_NeedsLock(artifact);
                artifact = artifact with { Url = new Uri(file).AbsoluteUri };
                var bytes = File.OpenHandle(incoming);
                File.Move(incoming, file, overwrite: true);
                ByName[request.Name] = new Held(artifact, file, bytes);
                return new StoreResult<JobArtifactResponse>.Done(artifact);
            }
        }
        finally
        {
            File.Delete(incoming);
        }
    }

    public Task<StoreResult<IReadOnlyList<JobArtifactResponse>>> ListAsync(OtherRun? run, string? name, CancellationToken cancel)
    {
        StoreResult<IReadOnlyList<JobArtifactResponse>> result;
        lock (gate)
        {
            result = run is null
                ? new StoreResult<IReadOnlyList<JobArtifactResponse>>.Done(
                    [.. InOrder().Select(held => held.Artifact).Where(artifact => name is null || artifact.Name == name)])
                : new StoreResult<IReadOnlyList<JobArtifactResponse>>.Refused(ErrorCodes.NotFound, OnlyOwn);
        }

        return Task.FromResult(result);
    }

    public async Task<StoreResult<bool>> DownloadAsync(OtherRun? run, JobArtifactResponse artifact, Stream target, CancellationToken cancel)
    {
        if (Find(artifact) is not { } held) return new StoreResult<bool>.Refused(ErrorCodes.NotFound, $"{artifact.Name} is gone");
        var buffer = new byte[CopyBytes];
        for (var at = 0L; await RandomAccess.ReadAsync(held.Bytes, buffer, at, cancel) is > 0 and var read; at += read)
        {
            await target.WriteAsync(buffer.AsMemory(0, read), cancel);
        }

        return new StoreResult<bool>.Done(true);
    }

    public Task<StoreResult<bool>> DeleteAsync(JobArtifactResponse artifact, CancellationToken cancel)
    {
        lock (gate)
        {
            if (Find(artifact) is { } held)
            {
                ByName.Remove(artifact.Name);
                File.Delete(held.File);
            }
        }

        return Task.FromResult<StoreResult<bool>>(new StoreResult<bool>.Done(true));
    }

    private const string OnlyOwn = "without a server there are only the artifacts of the run itself";

    private static StoreResult<JobArtifactResponse>.Refused Exists() =>
        new(ErrorCodes.ArtifactExists, "This run has an artifact of that name, and artifacts do not change. Choose another name, or ask to overwrite it.");

    private Held? Find(JobArtifactResponse artifact)
    {
        lock (gate) return ByName.GetValueOrDefault(artifact.Name) is { } held && held.Artifact.Id == artifact.Id ? held : null;
    }

    private string FreeFile_NeedsLock(JobArtifactResponse artifact)
    {
        for (var number = 1; ; number++)
        {
            var file = Path.Combine(folder, ArtifactNames.FileOf(artifact, number));
            if (!ByName.Values.Any(held => held.File == file && held.Artifact.Name != artifact.Name)) return file;
        }
    }

    /// <param name="File">Absolute.</param>
    /// <param name="Bytes">Closed when nobody has it any more: a download may outlive the artifact.</param>
    private sealed record Held(JobArtifactResponse Artifact, string File, SafeFileHandle Bytes);
}
