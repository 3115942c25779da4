using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>Where remote actions come from: the actions folder, then those built in.</summary>
internal sealed class ActionSources(JobState job)
{
    /// <summary>The job's own repository at the commit that its workflow is from.</summary>
    public ActionOrigin Own { get; } = OwnOf(job);

    public bool IsBuiltIn(ActionReference.Remote reference) => FolderOf(reference) is null && BuiltInAction.Find(reference) is not null;

    /// <returns>What was found for each.</returns>
    /// <param name="log">Told what is fetched.</param>
    public IReadOnlyList<ActionFound> Find(IReadOnlyList<ActionReference.Remote> references, StepLog log) => [.. references.Select(Find)];

    private ActionFound Find(ActionReference.Remote reference)
    {
        if (FolderOf(reference) is { } folder) return ActionManifest.Read(reference.ToString(), folder, new ActionOrigin(reference.Name, reference.Ref, Commit: null));
        if (BuiltInAction.Find(reference) is { } action) return new ActionFound.BuiltIn(action);
        return new ActionFound.NotExecuted($"'{reference}': actions of other repositories are not executed yet");
    }

    private string? FolderOf(ActionReference.Remote reference)
    {
        if (job.Settings.ActionsFolder is not { } actions) return null;
        var folder = Path.Combine(actions, reference.Name, reference.Path).TrimEnd('/');
        return Directory.Exists(folder) ? folder : null;
    }

    private static ActionOrigin OwnOf(JobState job)
    {
        var commit = job.Contexts.TextOf("github", "workflow_sha") ?? job.Contexts.TextOf("github", "sha");
        return new ActionOrigin(job.Contexts.TextOf("github", "repository") ?? "", commit ?? "", commit);
    }
}
