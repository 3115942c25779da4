using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>
/// Finds the workflows that others call where a job on this machine finds its actions: those of the own repository in its files, those of others in the folder
/// given for actions, else at the upstream. Not thread-safe.
/// </summary>
/// <param name="environment">For git.</param>
public sealed class WorkflowSources(ActionSettings settings, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>A repository is asked once what a ref means: all files of it that a run sees are from one commit.</summary>
    private Dictionary<(string Name, string Ref), Fetched> FetchedOnce => field ??= [];

    public LoadedWorkflow Find(WorkflowReference reference)
    {
        try
        {
            return reference.Repository is { } name ? FindIn(name, reference) : Read(settings.OwnRepository ?? "/", reference.Path, commit: null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new LoadedWorkflow.Missing(error.Message);
        }
    }

    private LoadedWorkflow FindIn(string name, WorkflowReference reference)
    {
        if (settings.Folder is { } actions && Path.Combine(actions, name) is var folder && Directory.Exists(folder))
            return Read(folder, reference.Path, commit: null);
        if (settings.Upstream is not { } upstream || settings.Cache is not { } cache)
            return new LoadedWorkflow.Missing($"there is no place to fetch it from; set {ActionSettings.UpstreamVariable} to have one");

        if (!FetchedOnce.TryGetValue((name, reference.Ref!), out var found))
        {
            found = new ActionRepository(upstream, token: "", cache, environment, static () => false).Fetch(name, reference.Ref!);
            FetchedOnce.Add((name, reference.Ref!), found);
        }

        return found switch
        {
            Fetched.Files files => Read(files.Folder, reference.Path, files.Commit),
            Fetched.Failed failed => new LoadedWorkflow.Missing(failed.Message),
            _ => new LoadedWorkflow.Missing($"{upstream} has no repository '{name}', or it is private"),
        };
    }

    private static LoadedWorkflow Read(string repository, string path, string? commit) =>
        ActionCopies.Inside(repository, path) is { } file && File.Exists(file)
            ? new LoadedWorkflow.Found(File.ReadAllText(file), commit)
            : new LoadedWorkflow.Missing();
}
