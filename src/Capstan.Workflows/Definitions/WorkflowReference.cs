namespace Capstan.Workflows.Definitions;

/// <summary>
/// Which file a called workflow is. Two references are equal exactly when they name the same file of the same commit, as far as names can tell.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_iduses
/// </summary>
/// <param name="Repository"><c>owner/name</c>; null: the repository of the run, at the commit of the run.</param>
/// <param name="Path">In the repository, for example <c>.github/workflows/build.yml</c>.</param>
/// <param name="Ref">A branch, a tag or a commit; null exactly when <paramref name="Repository"/> is.</param>
public sealed record WorkflowReference(string? Repository, string Path, string? Ref)
{
    private const string Local = "./";

    /// <summary>From the value of <c>uses</c>, which was checked when its file was read.</summary>
    /// <param name="caller">The file with the call: what is local is from its repository and commit.</param>
    /// <exception cref="ArgumentException">It was not checked, and names no workflow.</exception>
    public static WorkflowReference Parse(string uses, WorkflowReference caller)
    {
        if (ActionReference.IsLocal(uses))
            return caller with { Path = uses[Local.Length..].Replace('\\', '/').TrimStart('/') };
        var (owner, repository, path, @ref) = ActionReference.Split(uses) ?? throw new ArgumentException($"'{uses}' names no workflow.", nameof(uses));
        return new WorkflowReference($"{owner}/{repository}", path, @ref);
    }

    public override string ToString() => Repository is null ? Local + Path : $"{Repository}/{Path}@{Ref}";
}

/// <summary>Where a called workflow was found.</summary>
/// <param name="Commit">Of another repository; null: that of the run.</param>
/// <param name="FullRef">Of another repository: <c>refs/tags/v1</c>, or the commit when that is how it was named.</param>
public sealed record WorkflowOrigin(WorkflowReference Reference, string? Commit = null, string? FullRef = null);

/// <summary>What came of looking for a called workflow.</summary>
public abstract record LoadedWorkflow
{
    private LoadedWorkflow()
    {
    }

    /// <inheritdoc cref="WorkflowOrigin" path="/param"/>
    public sealed record Found(string Yaml, string? Commit = null, string? FullRef = null) : LoadedWorkflow;

    /// <param name="Why">For people, without a full stop; null when there is nothing to say but that it was not found.</param>
    public sealed record Missing(string? Why = null) : LoadedWorkflow;
}
