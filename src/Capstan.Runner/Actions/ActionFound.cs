using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>What stands behind a reference, on this machine and now.</summary>
internal abstract record ActionFound
{
    private ActionFound()
    {
    }

    public sealed record BuiltIn(BuiltInAction Action) : ActionFound;

    /// <param name="Folder">Absolute.</param>
    /// <param name="Origin">Null for an action of the workspace.</param>
    public sealed record Composite(ActionDefinition Definition, string Folder, ActionOrigin? Origin) : ActionFound;

    /// <param name="Folder">Absolute.</param>
    /// <param name="Origin">Null for an action of the workspace.</param>
    public sealed record JavaScript(ActionDefinition Definition, string Folder, ActionOrigin? Origin) : ActionFound;

    /// <summary>It exists or may exist, but this runner does not execute its kind yet: known before the job starts.</summary>
    public sealed record NotExecuted(string Message) : ActionFound;

    /// <summary>The step ended while it was looked for: nothing is known of it.</summary>
    public sealed record Stopped : ActionFound;

    /// <summary>No action there, or one with mistakes.</summary>
    public sealed record Missing(string Message) : ActionFound;
}

/// <summary>Where a remote action is from.</summary>
/// <param name="Name"><c>owner/repo</c>.</param>
/// <param name="Ref">As written by who uses it.</param>
/// <param name="Commit">The SHA that the ref meant when the job began; null when the files are of no commit (a folder given for it).</param>
internal sealed record ActionOrigin(string Name, string Ref, string? Commit)
{
    /// <summary>An action of the same repository at the same commit.</summary>
    public ActionReference.Remote Sibling(string path) => new(Name, path, Commit ?? Ref);
}
