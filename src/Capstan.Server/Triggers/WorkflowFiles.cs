using System.Text;
using Capstan.Server.Git;
using Capstan.Server.Runs;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Pipelines;

namespace Capstan.Server.Triggers;

/// <summary>A workflow file of a commit.</summary>
/// <param name="Path">In the repository: <c>.github/workflows/ci.yml</c>, or <c>.capstan.yml</c> in its root.</param>
/// <param name="Definition">Null when the file is invalid; the diagnostics say why.</param>
internal sealed record WorkflowFile(string Path, string BlobSha, string Yaml, WorkflowDefinition? Definition, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>What it calls, once that was looked for.</summary>
    public IReadOnlyList<CalledFile> Called { get; init; } = [];
}

/// <summary>Reads the workflow files of a commit. A file's content is parsed once, however many commits have it. Thread-safe.</summary>
internal sealed class WorkflowFiles
{
    public const string Folder = ".github/workflows";

    /// <summary>More files than this in the folder are not looked at.</summary>
    public const int MaxFiles = 1000;

    /// <summary>What the language allows, and some more, so that it is the language that says what is too large.</summary>
    public const int MaxFileBytes = 1024 * 1024 + 1;

    /// <summary>Parsed files kept: some hundred active repositories with some files each.</summary>
    internal const int MaxCached = 1000;

    private readonly Lock gate = new();
    private readonly Dictionary<(string Path, string BlobSha), LinkedListNode<WorkflowFile>> cached = [];

    /// <summary>Last used first.</summary>
    private readonly LinkedList<WorkflowFile> byUse = [];

    /// <summary>All of the commit's: the pipelines in its root, then those of the folder, by name.</summary>
    public async Task<IReadOnlyList<WorkflowFile>> ReadAllAsync(ObjectReader reader, string commit, CancellationToken cancellationToken)
    {
        var files = new List<WorkflowFile>();
        foreach (var (path, blobSha) in await ListAsync(reader, commit, cancellationToken))
            files.Add(await ReadAsync(reader, path, blobSha, cancellationToken));
        return files;
    }

    /// <summary>One of the commit's; null when it has no such file.</summary>
    /// <param name="path">In the repository: in the folder of workflows, or the name of a pipeline.</param>
    public async Task<WorkflowFile?> ReadOneAsync(ObjectReader reader, string commit, string path, CancellationToken cancellationToken)
    {
        var found = (await ListAsync(reader, commit, cancellationToken)).FirstOrDefault(file => file.Path == path);
        return found.Path is null ? null : await ReadAsync(reader, path, found.BlobSha, cancellationToken);
    }

    /// <summary>The path of a workflow file that a person names: a pipeline or a path as it is, else a file of the folder.</summary>
    public static string PathOf(string file) => PipelineFile.Is(file) || file.Contains('/', StringComparison.Ordinal) ? file : $"{Folder}/{file}";

    private static async Task<IReadOnlyList<(string Path, string BlobSha)>> ListAsync(ObjectReader reader, string commit, CancellationToken cancellationToken)
    {
        var root = await EntriesAsync(reader, $"{commit}:", cancellationToken);
        var folder = await EntriesAsync(reader, $"{commit}:{Folder}", cancellationToken);
        return
        [
            .. root.Where(entry => entry.IsFile && PipelineFile.Is(entry.Name)).Select(entry => (entry.Name, entry.Sha)),
            .. folder.Where(IsWorkflow).Take(MaxFiles).Select(entry => ($"{Folder}/{entry.Name}", entry.Sha)),
        ];
    }

    private static async Task<IEnumerable<TreeEntry>> EntriesAsync(ObjectReader reader, string tree, CancellationToken cancellationToken) =>
        await reader.ReadAsync(tree, TreeEntry.MaxTreeBytes, cancellationToken) is ObjectRead.Found { Object: { Type: "tree" } found } ? TreeEntry.Parse(found.Content) : [];

    private static bool IsWorkflow(TreeEntry entry) =>
        entry.IsFile && (entry.Name.EndsWith(".yml", StringComparison.Ordinal) || entry.Name.EndsWith(".yaml", StringComparison.Ordinal));

    private async Task<WorkflowFile> ReadAsync(ObjectReader reader, string path, string blobSha, CancellationToken cancellationToken)
    {
        if (Cached(path, blobSha) is { } known)
            return known;
        var file = await reader.ReadAsync(blobSha, MaxFileBytes, cancellationToken) switch
        {
            ObjectRead.Found found when found.Object.Content.AsSpan().Contains((byte)0) => NotUtf8(path, blobSha),
            ObjectRead.Found found => Parse(path, blobSha, Encoding.UTF8.GetString(found.Object.Content)),
            ObjectRead.TooLarge large => TooLarge(path, blobSha, large.Size),
            _ => throw new InvalidDataException($"The blob {blobSha} is missing in the repository."),
        };
        Keep(file);
        return file;
    }

    private static WorkflowFile Parse(string path, string blobSha, string yaml)
    {
        var read = WorkflowReader.Read(path, yaml);
        return new WorkflowFile(path, blobSha, yaml, read.Definition, read.Diagnostics);
    }

    private static WorkflowFile TooLarge(string path, string blobSha, long size) => new(
        path, blobSha, Yaml: "", Definition: null,
        [new Diagnostic(path, default, Severity.Error, "file-too-large", $"The file has {size} bytes; a workflow has at most {MaxFileBytes - 1}.")]);

    // As some editors and shells write text: UTF-16, of which every other byte is zero. The database could not even keep it.
    private static WorkflowFile NotUtf8(string path, string blobSha) => new(
        path, blobSha, Yaml: "", Definition: null,
        [new Diagnostic(path, default, Severity.Error, "file-not-utf8", "The file holds bytes that are zero: it is no text in UTF-8. Save it as UTF-8.")]);

    private WorkflowFile? Cached(string path, string blobSha)
    {
        lock (gate)
        {
            if (!cached.TryGetValue((path, blobSha), out var node))
                return null;
            byUse.Remove(node);
            byUse.AddFirst(node);
            return node.Value;
        }
    }

    private void Keep(WorkflowFile file)
    {
        lock (gate)
        {
            if (cached.ContainsKey((file.Path, file.BlobSha)))
                return;
            cached.Add((file.Path, file.BlobSha), byUse.AddFirst(file));
            if (cached.Count <= MaxCached)
                return;
            var oldest = byUse.Last!.Value;
            byUse.RemoveLast();
            cached.Remove((oldest.Path, oldest.BlobSha));
        }
    }
}
