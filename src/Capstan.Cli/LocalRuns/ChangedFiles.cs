using System.Text;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Cli.LocalRuns.Workspaces;

namespace Capstan.Cli.LocalRuns;

/// <summary>What a local push changes: from the commit before it to the working tree as it is, with what is not committed yet.</summary>
internal static class ChangedFiles
{
    /// <param name="before">Null when everything is new.</param>
    public static IReadOnlyList<string> Since(GitFolder git, string? before, TreeInReading tree) =>
        before is not null && GitProcess.Ask(git.Root, "diff", "--name-only", "-z", before, "--") is { } names
            ? Encoding.UTF8.GetString(names).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            : tree.Value.Files;
}
