using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Steps;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Artifacts;

/// <summary>Brings one artifact into a folder: its bytes into the job's temporary folder, checked against the digest that the store told, then unpacked.</summary>
internal static class ArtifactDownload
{
    /// <param name="run">Null: the job's own.</param>
    /// <param name="unpack">False: a zip stays one. What is no zip is never unpacked.</param>
    /// <param name="whenWrong">What a digest that is not the expected one means: error, warn, info or ignore.</param>
    /// <exception cref="StepFailure">It cannot be had, is not what was uploaded, or means to write elsewhere.</exception>
    public static async Task RunAsync(StepFrame frame, OtherRun? run, JobArtifactResponse artifact, string folder, bool unpack, string whenWrong, CancellationToken cancel)
    {
        // Checked when it was uploaded, but by whom is not known, and it becomes part of a path.
        if (ArtifactNames.Refusal(artifact.Name) is { } refusal) throw new StepFailure(refusal);
        var incoming = Path.Combine(frame.Job.Settings.Temp, "artifact-" + Guid.NewGuid().ToString("N"));
        try
        {
            Directory.CreateDirectory(frame.Job.Settings.Temp);
            await using (var file = new HashingStream(new FileStream(incoming, FileMode.CreateNew, FileAccess.Write)))
            {
                var got = await frame.Job.Settings.Artifacts.DownloadAsync(run, artifact, file, cancel);
                if (got is StoreResult<bool>.Refused refused) throw new StepFailure($"Unable to download artifact(s): {refused.Message}");
                if (file.Sha256 != artifact.Sha256) Mismatch(frame, artifact, file.Sha256, whenWrong);
            }

            Directory.CreateDirectory(folder);
            if (unpack && artifact.ContentType == ArtifactProtocol.Zip)
            {
                await ArtifactArchive.ExtractAsync(incoming, folder, cancel);
            }
            else
            {
                File.Move(incoming, Path.Combine(folder, ArtifactNames.FileOf(artifact)), overwrite: true);
            }

            frame.Log.Write($"Artifact {artifact.Name} was downloaded to {folder}");
        }
        finally
        {
            File.Delete(incoming);
        }
    }

    private static void Mismatch(StepFrame frame, JobArtifactResponse artifact, string sha256, string whenWrong)
    {
        var message = $"Artifact '{artifact.Name}' digest validation failed. Expected sha256:{artifact.Sha256}, got sha256:{sha256}";
        switch (whenWrong)
        {
            case "error":
                throw new StepFailure(message);
            case "warn":
                frame.Warn(message);
                break;
            case "info":
                frame.Log.Write(message);
                break;
        }
    }
}
