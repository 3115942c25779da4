namespace Capstan.Workflows.Lint;

/// <summary>A file that a workflow names.</summary>
/// <param name="Path">Relative to the repository's root, with <c>/</c>.</param>
public sealed record LintFile(string Path, string Text);

/// <summary>
/// The repository around a workflow: how the linter, which reads no file itself, sees local actions and called workflows. Paths are relative to the
/// repository's root, with <c>/</c>, and
/// may come from a hostile workflow: an implementation answers null or false for what lies outside the root.
/// </summary>
public interface ILintFiles
{
    /// <summary>The manifest in an action's folder, <c>action.yml</c> or <c>action.yaml</c>; null when there is none.</summary>
    LintFile? FindAction(string folder);

    /// <summary>Null when there is no such file.</summary>
    LintFile? FindWorkflow(string path);

    bool Exists(string path);
}
