using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Steps;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/upload-artifact</c>. Source: https://github.com/actions/upload-artifact#usage
/// </summary>
internal sealed class UploadArtifactAction : BuiltInAction
{
    public const string Name = "actions/upload-artifact";

    /// <summary>As many days as no retention is said with.</summary>
    public const int MostRetentionDays = 3650;

    public const int DefaultLevel = 6;

    public const int HighestLevel = 9;

    private const string Anything = "application/octet-stream";

    protected override IReadOnlySet<string> Known { get; } =
        Inputs("name", "path", "if-no-files-found", "retention-days", "compression-level", "overwrite", "include-hidden-files", "archive");

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        var path = inputs.Required("path");
        var name = inputs.Text("name", "artifact");
        var whenNone = inputs.Text("if-no-files-found", "warn");
        if (whenNone is not ("warn" or "error" or "ignore"))
        {
            throw new StepFailure($"Unrecognized if-no-files-found input. Provided: {whenNone}. Available options: warn, error, ignore");
        }

        var archive = inputs.Boolean("archive", otherwise: true);
        var level = inputs.Number("compression-level", DefaultLevel, least: 0, HighestLevel);
        var retention = inputs.Number("retention-days", otherwise: 0, least: 0, MostRetentionDays);
        var overwrite = inputs.Boolean("overwrite", otherwise: false);
        var hidden = inputs.Boolean("include-hidden-files", otherwise: false);
        return frame.Wait(async cancel =>
        {
            var files = ArtifactFiles.Find(frame, path, frame.Job.Settings.Workspace, hidden, cancel);
            if (files.Files.Count == 0) return NothingFound(frame, path, whenNone);
            frame.Log.Write(string.Create(CultureInfo.InvariantCulture, $"With the provided path, there will be {files.Files.Count} file{(files.Files.Count == 1 ? "" : "s")} uploaded"));
            if (!archive && files.Files is not [_])
            {
                throw new StepFailure(
                    $"An artifact without an archive is one file, and the provided path has {files.Files.Count}: name one, or leave out 'archive'");
            }

            var request = archive
                ? new CreateArtifactRequest(name, RetentionDays: retention == 0 ? null : retention, Overwrite: overwrite)
                : new CreateArtifactRequest(Path.GetFileName(files.Files[0]), ContentType: Anything, RetentionDays: retention == 0 ? null : retention, Overwrite: overwrite);
            await UploadAsync(frame, request, files, level, cancel);
            return Conclusion.Success;
        });
    }

    /// <summary>Uploads, says so and sets the outputs.</summary>
    /// <exception cref="StepFailure">It is refused.</exception>
    public static async Task UploadAsync(StepFrame frame, CreateArtifactRequest request, ArtifactFiles files, int level, CancellationToken cancel)
    {
        if (ArtifactNames.Refusal(request.Name) is { } refusal) throw new StepFailure(refusal);
        foreach (var file in files.Files)
        {
            if (ArtifactNames.PathRefusal(files.NameOf(file)) is { } pathRefusal) throw new StepFailure(pathRefusal);
        }

        var isZip = request.ContentType is null;
        var result = await frame.Job.Settings.Artifacts.UploadAsync(
            request, (stream, stop) => isZip ? ArtifactArchive.WriteAsync(stream, files, level, stop) : CopyAsync(files.Files[0], stream, stop), cancel);
        if (result is not StoreResult<JobArtifactResponse>.Done { Value: var made }) throw new StepFailure(Message(request, (StoreResult<JobArtifactResponse>.Refused)result));

        var id = made.Id.ToString(CultureInfo.InvariantCulture);
        frame.Log.Write($"SHA256 digest of uploaded artifact is {made.Sha256}");
        frame.Log.Write($"Artifact {made.Name} has been successfully uploaded! Final size is {made.SizeBytes} bytes. Artifact ID is {id}");
        frame.Log.Write($"Artifact download URL: {made.Url}");
        frame.Record.SetOutput("artifact-id", id);
        frame.Record.SetOutput("artifact-url", made.Url);
        frame.Record.SetOutput("artifact-digest", made.Sha256);
    }

    private static async Task CopyAsync(string file, Stream stream, CancellationToken cancel)
    {
        await using var from = JobFile.Open(file);
        await from.CopyToAsync(stream, cancel);
    }

    private static string Message(CreateArtifactRequest request, StoreResult<JobArtifactResponse>.Refused refused) => refused.Code == ErrorCodes.ArtifactExists
        ? $"Failed to upload the artifact: an artifact with this name already exists on the workflow run: {request.Name}. "
            + "Give each job's a name of its own (and download them with 'pattern' and 'merge-multiple'), or say 'overwrite: true'"
        : $"Failed to upload the artifact {request.Name}: {refused.Message}";

    private static Conclusion NothingFound(StepFrame frame, string path, string whenNone)
    {
        var message = $"No files were found with the provided path: {path}. No artifacts will be uploaded.";
        switch (whenNone)
        {
            case "warn":
                frame.Warn(message);
                return Conclusion.Success;
            case "error":
                frame.Error(message);
                return Conclusion.Failure;
            default:
                frame.Log.Write(message);
                return Conclusion.Success;
        }
    }
}
