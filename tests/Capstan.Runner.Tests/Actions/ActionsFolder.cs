using Capstan.Runner.Tests.Jobs;

namespace Capstan.Runner.Tests.Actions;

/// <summary>Actions that stand in for remote ones. Their "node" is a shell, so that the tests need none: the scripts are its.</summary>
internal static class ActionsFolder
{
    /// <summary>Adds a remote action with a script for each stage that is given.</summary>
    /// <param name="manifest">What the manifest says besides the scripts.</param>
    public static void AddRemote(this JobHarness job, string name, string main, string? pre = null, string? post = null, string manifest = "")
    {
        var folder = FolderOf(job, name);
        var runs = "runs:\n  using: node20\n  main: main.sh\n";
        File.WriteAllText(Path.Combine(folder, "main.sh"), main);
        foreach (var (stage, script) in new[] { ("pre", pre), ("post", post) })
        {
            if (script is null) continue;
            runs += $"  {stage}: {stage}.sh\n";
            File.WriteAllText(Path.Combine(folder, stage + ".sh"), script);
        }

        File.WriteAllText(Path.Combine(folder, "action.yml"), manifest.Contains("runs:", StringComparison.Ordinal) ? manifest.Replace("runs:\n", runs, StringComparison.Ordinal) : manifest + runs);
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Node = "/bin/sh" } };
    }

    public static void AddRemoteComposite(this JobHarness job, string name, string manifest) =>
        File.WriteAllText(Path.Combine(FolderOf(job, name), "action.yml"), manifest);

    private static string FolderOf(JobHarness job, string name)
    {
        var actions = Path.GetFullPath(Path.Combine(job.Workspace, "..", "..", "actions"));
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Folder = actions } };
        return Directory.CreateDirectory(Path.Combine(actions, name)).FullName;
    }
}
