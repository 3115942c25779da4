using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Steps;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/download-artifact</c>. Source: https://github.com/actions/download-artifact#usage
/// </summary>
internal sealed class DownloadArtifactAction : BuiltInAction
{
    public const string Name = "actions/download-artifact";

    protected override IReadOnlySet<string> Known { get; } =
        Inputs("name", "artifact-ids", "path", "pattern", "merge-multiple", "github-token", "repository", "run-id", "skip-decompress", "digest-mismatch");

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        var folder = FolderOf(frame, inputs.Text("path", frame.Job.Settings.Workspace));
        var name = inputs.Text("name", "");
        var ids = Ids(inputs.Text("artifact-ids", ""));
        if (name.Length > 0 && ids is not null) throw new StepFailure("Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.");
        var merge = inputs.Boolean("merge-multiple", otherwise: false);
        var pattern = inputs.Text("pattern", "");
        var whenWrong = inputs.Text("digest-mismatch", "error");
        if (whenWrong is not ("ignore" or "info" or "warn" or "error")) throw new StepFailure($"Invalid digest-mismatch: '{whenWrong}'. Available options: ignore, info, warn, error");
        var unpack = !inputs.Boolean("skip-decompress", otherwise: false);
        var run = RunOf(frame, inputs);
        return frame.Wait(async cancel =>
        {
            var wanted = Wanted(frame, await ListAsync(frame, run, name, cancel), name, ids, pattern, merge);
            var alone = name.Length > 0 || ids is [_] || merge;
            foreach (var artifact in wanted)
            {
                var target = alone ? folder : Path.Combine(folder, ArtifactNames.FolderOf(artifact));
                await ArtifactDownload.RunAsync(frame, run, artifact, target, unpack, whenWrong, cancel);
            }

            frame.Log.Write(string.Create(CultureInfo.InvariantCulture, $"Total of {wanted.Count} artifact(s) downloaded"));
            frame.Record.SetOutput("download-path", folder);
            frame.Log.Write("Download artifact has finished successfully");
            return Conclusion.Success;
        });
    }

    private static async Task<IReadOnlyList<JobArtifactResponse>> ListAsync(StepFrame frame, OtherRun? run, string name, CancellationToken cancel) =>
        await frame.Job.Settings.Artifacts.ListAsync(run, name.Length > 0 ? name : null, cancel) switch
        {
            StoreResult<IReadOnlyList<JobArtifactResponse>>.Done done => done.Value,
            StoreResult<IReadOnlyList<JobArtifactResponse>>.Refused refused => throw new StepFailure($"Unable to download artifact(s): {refused.Message}"),
            _ => throw new InvalidOperationException("A store does or refuses."),
        };

    private static IReadOnlyList<JobArtifactResponse> Wanted(
        StepFrame frame, IReadOnlyList<JobArtifactResponse> all, string name, IReadOnlyList<long>? ids, string pattern, bool merge)
    {
        IReadOnlyList<JobArtifactResponse> wanted;
        if (name.Length > 0)
        {
            frame.Log.Write("Downloading single artifact");
            if (all.Count == 0) throw new StepFailure($"Unable to download artifact(s): Artifact not found for name: {name}. Is it uploaded by a job that this one needs, and still kept?");
            wanted = all;
        }
        else if (ids is not null)
        {
            frame.Log.Write("Downloading artifacts by ID");
            wanted = [.. ids.Distinct().Select(id => all.FirstOrDefault(artifact => artifact.Id == id)
                ?? throw new StepFailure($"Unable to download artifact(s): the run has no artifact with the ID {id}"))];
        }
        else if (pattern.Length > 0)
        {
            frame.Log.Write($"Filtering artifacts by pattern '{pattern}'");
            var names = new NamePattern(pattern);
            wanted = [.. all.Where(artifact => names.Matches(artifact.Name))];
        }
        else
        {
            frame.Log.Write("No input name, artifact-ids or pattern filtered specified, downloading all artifacts");
            if (!merge) frame.Log.Write("An extra directory with the artifact name will be created for each download");
            wanted = all;
        }

        if (wanted.Count > 0) frame.Log.Write("Preparing to download the following artifacts:");
        foreach (var artifact in wanted)
        {
            frame.Log.Write($"- {artifact.Name} (ID: {artifact.Id}, Size: {artifact.SizeBytes}, Expected Digest: sha256:{artifact.Sha256})");
        }

        return wanted;
    }

    private static string FolderOf(StepFrame frame, string path) => Path.GetFullPath(
        path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? frame.Home + path[1..] : path, frame.Job.Settings.Workspace);

    /// <summary>Without a token a job sees its own run and nothing else, whatever the other inputs say.</summary>
    private static OtherRun? RunOf(StepFrame frame, GivenInputs inputs)
    {
        var token = inputs.Text("github-token", "");
        if (token.Length == 0) return null;
        var contexts = frame.Job.Contexts;
        var own = (Repository: contexts.TextOf("github", "repository") ?? "", Run: contexts.TextOf("github", "run_id") ?? "");
        var repository = inputs.Text("repository", own.Repository);
        var run = inputs.Text("run-id", own.Run);
        if (repository.Split('/') is not [{ Length: > 0 }, { Length: > 0 }]) throw new StepFailure($"Invalid repository: '{repository}'. Must be in format owner/repo");
        if (!long.TryParse(run, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) throw new StepFailure($"Invalid run-id: '{run}'. Give the number of a run");
        return (repository, run) == own ? null : new OtherRun(repository, id, token);
    }

    private static IReadOnlyList<long>? Ids(string text)
    {
        if (text.Length == 0) return null;
        return [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(id =>
            long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new StepFailure($"Invalid artifact ID: '{id}'. Must be a number."))];
    }
}
