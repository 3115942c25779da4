using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Files;
using Capstan.Runner.Steps;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/upload-artifact/merge</c>: makes one artifact out of several of the run.
/// Source: https://github.com/actions/upload-artifact/tree/main/merge
/// </summary>
internal sealed class MergeArtifactsAction : BuiltInAction
{
    public const string Name = "actions/upload-artifact/merge";

    protected override IReadOnlySet<string> Known { get; } =
        Inputs("name", "pattern", "separate-directories", "retention-days", "compression-level", "delete-merged", "include-hidden-files");

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        var name = inputs.Text("name", "merged-artifacts");
        var pattern = new NamePattern(inputs.Text("pattern", "*"));
        var apart = inputs.Boolean("separate-directories", otherwise: false);
        var delete = inputs.Boolean("delete-merged", otherwise: false);
        var hidden = inputs.Boolean("include-hidden-files", otherwise: false);
        var level = inputs.Number("compression-level", UploadArtifactAction.DefaultLevel, least: 0, UploadArtifactAction.HighestLevel);
        var retention = inputs.Number("retention-days", otherwise: 0, least: 0, UploadArtifactAction.MostRetentionDays);
        var folder = Path.Combine(frame.Job.Settings.Temp, "merge-" + Guid.NewGuid().ToString("N"));
        return frame.Wait(async cancel =>
        {
            try
            {
                var merged = await FindAsync(frame, pattern, cancel);
                foreach (var artifact in merged)
                {
                    var target = apart ? Path.Combine(folder, ArtifactNames.FolderOf(artifact)) : folder;
                    await ArtifactDownload.RunAsync(frame, run: null, artifact, target, unpack: true, whenWrong: "error", cancel);
                }

                var files = ArtifactFiles.Find(frame, folder, folder, hidden, cancel) with { Root = folder };
                await UploadArtifactAction.UploadAsync(frame, new CreateArtifactRequest(name, RetentionDays: retention == 0 ? null : retention), files, level, cancel);
                if (delete) await DeleteAsync(frame, merged, cancel);
                return Conclusion.Success;
            }
            finally
            {
                if (Directory.Exists(folder)) _ = FolderRemoval.Remove(folder);
            }
        });
    }

    private static async Task<IReadOnlyList<JobArtifactResponse>> FindAsync(StepFrame frame, NamePattern pattern, CancellationToken cancel)
    {
        var listed = await frame.Job.Settings.Artifacts.ListAsync(run: null, name: null, cancel);
        if (listed is not StoreResult<IReadOnlyList<JobArtifactResponse>>.Done { Value: var all })
            throw new StepFailure(((StoreResult<IReadOnlyList<JobArtifactResponse>>.Refused)listed).Message);
        var merged = all.Where(artifact => pattern.Matches(artifact.Name)).ToList();
        if (merged.Count == 0) throw new StepFailure("No artifacts found matching pattern");
        frame.Log.Write("Preparing to download the following artifacts:");
        foreach (var artifact in merged) frame.Log.Write($"- {artifact.Name} (ID: {artifact.Id}, Size: {artifact.SizeBytes})");
        return merged;
    }

    private static async Task DeleteAsync(StepFrame frame, IReadOnlyList<JobArtifactResponse> merged, CancellationToken cancel)
    {
        foreach (var artifact in merged)
        {
            if (await frame.Job.Settings.Artifacts.DeleteAsync(artifact, cancel) is StoreResult<bool>.Refused refused)
                throw new StepFailure($"{artifact.Name} could not be deleted: {refused.Message}");
        }

        frame.Log.Write(string.Create(CultureInfo.InvariantCulture, $"The {merged.Count} artifact(s) that were merged are deleted"));
    }
}
