using Capstan.Cli.LocalRuns.Git;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Pipelines;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.LocalRuns;

/// <summary>A workflow file that was asked for, read.</summary>
/// <param name="File">Relative to the working tree's root where it lies in it.</param>
/// <param name="Workflow">Null when it has errors.</param>
internal sealed record WorkflowFile(string File, string Yaml, WorkflowDefinition? Workflow, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>With the workflows that its jobs call in place; invalid when a call is. Read again only when there are any.</summary>
    public WorkflowFile WithCalls(Func<WorkflowReference, LoadedWorkflow> load)
    {
        if (Workflow is null || Workflow.Jobs.All(job => job.Uses is null))
        {
            return this;
        }

        var result = WorkflowReader.Read(File, Yaml, WorkflowReadOptions.Default with { LoadWorkflow = load });
        return this with { Workflow = result.Definition, Diagnostics = result.Diagnostics };
    }
}

/// <summary>What an event does with a workflow file.</summary>
/// <param name="Decision">Null for an invalid one.</param>
internal sealed record DecidedWorkflow(WorkflowFile File, TriggerDecision? Decision);

/// <summary>Finds and reads workflow files.</summary>
internal static class WorkflowFiles
{
    public const string DefaultFolder = ".github/workflows";

    /// <param name="arguments">Files or folders as typed; empty: the pipelines of the working tree's root and its default folder.</param>
    /// <param name="currentFolder">What they are relative to; a name that is not there is also looked up from the root and in the default folder.</param>
    /// <exception cref="CommandException">One of them does not exist.</exception>
    public static IReadOnlyList<WorkflowFile> Read(GitFolder git, string currentFolder, IReadOnlyList<string> arguments)
    {
        if (arguments.Count > 0)
        {
            return [.. arguments.SelectMany(a => Find(git, currentFolder, a)).Distinct(StringComparer.Ordinal).Select(f => Read(git, f))];
        }

        var folder = Path.Combine(git.Root, DefaultFolder);
        var files = new List<string>();
        foreach (var name in PipelineFile.Names)
        {
            var file = Path.Combine(git.Root, name);
            if (File.Exists(file))
            {
                files.Add(file);
            }
        }

        var hasFolder = Directory.Exists(folder);
        if (hasFolder)
        {
            files.AddRange(InFolder(folder));
        }

        return files.Count > 0 || hasFolder
            ? files.ConvertAll(file => Read(git, file))
            : throw CommandException.Usage($"There is no {DefaultFolder} and no {PipelineFile.Names[0]} in {git.Root}. Name a workflow file: capstan run FILE.");
    }

    private static IEnumerable<string> Find(GitFolder git, string currentFolder, string argument)
    {
        foreach (var from in (string[])[currentFolder, git.Root, Path.Combine(git.Root, DefaultFolder)])
        {
            var path = Path.GetFullPath(argument, Path.GetFullPath(from));
            if (File.Exists(path))
            {
                return [path];
            }

            if (Directory.Exists(path))
            {
                return InFolder(path) is { Count: > 0 } files ? files : throw CommandException.Usage($"There is no workflow file in the folder '{argument}'.");
            }
        }

        throw CommandException.Usage($"There is no workflow file '{argument}' here, in {git.Root}, or in its {DefaultFolder}.");
    }

    /// <summary>The workflow files directly in a folder, by name.</summary>
    internal static List<string> InFolder(string folder)
    {
        var files = new List<string>();
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            if (Path.GetExtension(file.AsSpan()) is ".yml" or ".yaml")
            {
                files.Add(file);
            }
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private static WorkflowFile Read(GitFolder git, string path)
    {
        var root = git.Root == "/" ? git.Root : git.Root + "/";
        var name = path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : path;
        var yaml = TextFile.Read(path);
        var result = WorkflowReader.Read(name, yaml);
        return new WorkflowFile(name, yaml, result.Definition, result.Diagnostics);
    }
}
