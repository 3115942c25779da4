using System.Text;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Capstan.Workflows.Definitions;

namespace Capstan.Server.Triggers;

/// <summary>Whose workflow calls, and from where.</summary>
/// <param name="Name"><c>owner/name</c>.</param>
/// <param name="Commit">Of the run: what local calls mean.</param>
internal sealed record CallingRepository(RepositoryId Id, string Name, string Commit);

/// <summary>
/// Looks for the workflows that a workflow calls, and for those that these call: in its own repository, and in others of this server that anybody may read,
/// which is what a job may read of its actions too. Thread-safe.
/// </summary>
internal sealed class WorkflowCalls(ObjectReaders objects, RightsQueries rights)
{
    private readonly RightsQueries rights = rights;

    private const string Tags = "refs/tags/";
    private const string Heads = "refs/heads/";

    /// <summary>The file with what it calls in place; as it is when it calls nothing.</summary>
    /// <param name="reader">Of the calling repository.</param>
    public async Task<WorkflowFile> ResolveAsync(WorkflowFile file, CallingRepository caller, ObjectReader reader, CancellationToken cancellationToken)
    {
        if (file.Definition is null || file.Definition.Jobs.All(job => job.Uses is null))
            return file;

        // Reading a file is pure and cannot wait: it is read again with what it asked for, until it asks for nothing more. The language limits how deep that
        // goes.
        var search = new Search(this, caller, reader);
        while (true)
        {
            var missing = new List<WorkflowReference>();
            var options = WorkflowReadOptions.Default with { LoadWorkflow = reference => search.Find(reference) ?? Ask(missing, reference) };
            var read = WorkflowReader.Read(file.Path, file.Yaml, options);
            if (missing.Count == 0)
                return file with { Definition = read.Definition, Diagnostics = read.Diagnostics, Called = search.Files };
            foreach (var reference in missing)
                await search.LoadAsync(reference, cancellationToken);
        }
    }

    private static LoadedWorkflow.Missing Ask(List<WorkflowReference> missing, WorkflowReference reference)
    {
        missing.Add(reference);
        return new LoadedWorkflow.Missing();
    }

    private Task<T> InAsync<T>(CallingRepository caller, ObjectReader own, RepositoryId repository, Func<ObjectReader, Task<T>> work) =>
        repository == caller.Id ? work(own) : objects.UseAsync(repository, work);

    private static async Task<LoadedWorkflow> ReadAsync(
        ObjectReader reader, string commit, string path, Func<string, LoadedWorkflow> found, CancellationToken cancellationToken) =>
        await reader.ReadAsync($"{commit}:{path}", WorkflowFiles.MaxFileBytes, cancellationToken) switch
        {
            ObjectRead.TooLarge large =>
                new LoadedWorkflow.Missing($"the file has {large.Size} bytes; a workflow has at most {WorkflowFiles.MaxFileBytes - 1}"),
            ObjectRead.Found { Object: { Type: "blob" } blob } => blob.Content.AsSpan().Contains((byte)0)
                ? new LoadedWorkflow.Missing("it is no text in UTF-8")
                : found(Encoding.UTF8.GetString(blob.Content)),
            _ => new LoadedWorkflow.Missing(),
        };

    /// <summary>A tag goes before a branch of the same name, as git itself resolves names.</summary>
    private static async Task<(string Commit, string FullRef)?> CommitOfAsync(ObjectReader reader, string name, CancellationToken cancellationToken)
    {
        string[] candidates = ObjectName.IsName(name) || name.StartsWith("refs/", StringComparison.Ordinal) ? [name] : [Tags + name, Heads + name];
        foreach (var candidate in candidates)
        {
            if (await reader.ReadAsync(candidate + "^{commit}", Git.Commit.MaxBytes, cancellationToken) is ObjectRead.Found found)
                return (found.Object.Sha, candidate);
        }

        return null;
    }

    /// <summary>One search for all that one workflow calls: a repository is asked once what a ref means, so that all files of it are from one commit.</summary>
    private sealed class Search(WorkflowCalls calls, CallingRepository caller, ObjectReader own)
    {
        private readonly Dictionary<WorkflowReference, LoadedWorkflow> loaded = [];
        private readonly List<CalledFile> files = [];
        private readonly Dictionary<(string Repository, string Ref), Resolved> resolved = [];

        public IReadOnlyList<CalledFile> Files => files;

        /// <summary>Null: it was not looked for yet.</summary>
        public LoadedWorkflow? Find(WorkflowReference reference) => loaded.GetValueOrDefault(reference);

        public async Task LoadAsync(WorkflowReference reference, CancellationToken cancellationToken)
        {
            if (loaded.ContainsKey(reference))
                return;
            var found = reference.Repository is { } name
                ? await LoadOtherAsync(name, reference, cancellationToken)
                : await ReadAsync(own, caller.Commit, reference.Path, yaml => new LoadedWorkflow.Found(yaml), cancellationToken);
            loaded.Add(reference, found);
            files.Add(new CalledFile(reference, found));
        }

        private async Task<LoadedWorkflow> LoadOtherAsync(string name, WorkflowReference reference, CancellationToken cancellationToken)
        {
            if (!resolved.TryGetValue((name, reference.Ref!), out var place))
            {
                place = await ResolveAsync(name, reference.Ref!, cancellationToken);
                resolved.Add((name, reference.Ref!), place);
            }

            return place switch
            {
                { Why: { } why } => new LoadedWorkflow.Missing(why),
                _ => await calls.InAsync(caller, own, place.Repository, reader => ReadAsync(
                    reader, place.Commit, reference.Path, yaml => new LoadedWorkflow.Found(yaml, place.Commit, place.FullRef), cancellationToken)),
            };
        }

        private async Task<Resolved> ResolveAsync(string name, string reference, CancellationToken cancellationToken)
        {
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            var repository = await calls.rights.FindRepositoryAsync(AnonymousPrincipal.Instance, name[..slash], name[(slash + 1)..], cancellationToken);
            if (repository is null || (repository.Id != caller.Id && repository.Right < Right.Read))
                return new Resolved(default, "", "", $"this server has no repository '{name}' that everybody may read");
            var commit = await calls.InAsync(caller, own, repository.Id, reader => CommitOfAsync(reader, reference, cancellationToken));
            return commit is var (sha, fullRef)
                ? new Resolved(repository.Id, sha, fullRef, null)
                : new Resolved(default, "", "", $"the repository '{name}' has no tag, branch or commit '{reference}'");
        }
    }

    /// <param name="Why">Set when there is none.</param>
    private sealed record Resolved(RepositoryId Repository, string Commit, string FullRef, string? Why);
}
