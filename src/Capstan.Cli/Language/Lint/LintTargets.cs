using Capstan.Cli.LocalRuns;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Cli.Terminals;
using Capstan.Workflows.Lint;
using Capstan.Workflows.Pipelines;

namespace Capstan.Cli.Language.Lint;

/// <summary>A file to check, in its repository.</summary>
/// <param name="Path">In full.</param>
/// <param name="Shown">As findings name it.</param>
internal sealed record LintTarget(string Path, string Shown, LintRepository Repository)
{
    private bool IsAction => System.IO.Path.GetFileName(Path) is "action.yml" or "action.yaml";

    public LintResult Check(Terminal terminal)
    {
        string text;
        try
        {
            text = File.ReadAllText(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"'{Shown}' cannot be read: {exception.Message}");
        }

        var settings = Repository.Settings(terminal);
        var name = System.IO.Path.GetRelativePath(Repository.Root, Path);
        return new LintResult(Shown, text, IsAction ? Linter.CheckAction(name, text, Repository) : Linter.Check(name, text, settings, Repository));
    }
}

/// <summary>Finds the files that a call means.</summary>
internal static class LintTargets
{
    /// <param name="paths">As typed; empty: the workflows of the working tree.</param>
    /// <exception cref="CommandException">One of them does not exist, or there is nothing to check.</exception>
    public static IReadOnlyList<LintTarget> Find(string currentFolder, IReadOnlyList<string> paths)
    {
        var repositories = new Dictionary<string, LintRepository>(StringComparer.Ordinal);
        var files = paths.Count > 0 ? paths.SelectMany(path => FilesOf(currentFolder, path)) : DefaultFiles(currentFolder);
        return [.. files.Distinct(StringComparer.Ordinal).Select(Target)];

        LintTarget Target(string path)
        {
            var root = RootOf(path, currentFolder);
            if (!repositories.TryGetValue(root, out var repository))
                repositories[root] = repository = new LintRepository(root);
            var shown = Path.GetRelativePath(currentFolder, path);
            return new LintTarget(path, shown.StartsWith("..", StringComparison.Ordinal) ? path : shown, repository);
        }
    }

    private static IEnumerable<string> DefaultFiles(string currentFolder)
    {
        var root = GitFolder.Find(currentFolder)?.Root ?? currentFolder;
        var folder = Path.Combine(root, WorkflowFiles.DefaultFolder);
        var pipelines = PipelineFile.Names.Select(name => Path.Combine(root, name)).Where(File.Exists).ToList();
        if (pipelines.Count == 0 && !Directory.Exists(folder))
            throw CommandException.Usage(
                $"There is no {WorkflowFiles.DefaultFolder} and no {PipelineFile.Names[0]} in {root}. Name a workflow file: capstan lint FILE.");
        return [.. pipelines, .. Directory.Exists(folder) ? WorkflowFiles.InFolder(folder) : []];
    }

    private static IEnumerable<string> FilesOf(string currentFolder, string typed)
    {
        var path = Path.GetFullPath(typed, currentFolder);
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw CommandException.Usage($"There is no file or folder '{typed}'.");
        var workflows = Path.Combine(path, WorkflowFiles.DefaultFolder);
        var files = WorkflowFiles.InFolder(Directory.Exists(workflows) ? workflows : path);
        return files.Count > 0 ? files : throw CommandException.Usage($"There is no workflow file in the folder '{typed}'.");
    }

    /// <summary>
    /// The nearest folder above with a <c>.git</c> or <c>.github</c>; where there is none, the current folder, or for a file elsewhere the folder that holds
    /// its folder of workflows.
    /// </summary>
    private static string RootOf(string file, string currentFolder)
    {
        var folder = Path.GetDirectoryName(file)!;
        for (var current = folder; current is not null; current = Path.GetDirectoryName(current))
        {
            if (Path.Exists(Path.Combine(current, ".git")) || Directory.Exists(Path.Combine(current, ".github")))
                return current;
        }

        if (!Path.GetRelativePath(currentFolder, file).StartsWith("..", StringComparison.Ordinal))
            return currentFolder;
        return Path.GetFileName(folder) == "workflows" ? Path.GetDirectoryName(folder)! : folder;
    }
}
