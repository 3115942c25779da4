using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>
/// Where remote actions come from, the first that has one: the folder given for actions, those built in, the repositories of the job's own server, the upstream. One that
/// cannot be asked ends the search: another one's action of the same name must not run in its place. Used from the job's thread.
/// </summary>
internal sealed class ActionSources(JobState job)
{
    /// <summary>Repositories fetched at the same time.</summary>
    private const int AtOnce = 8;

    private readonly ActionSettings settings = job.Settings.Actions;
    private readonly ActionCopies copies = new(job.ActionsFolder);

    /// <summary>The repository that the job's workflow file is from, at its commit.</summary>
    public ActionOrigin Own { get; } = OwnOf(job);

    public bool IsBuiltIn(ActionReference.Remote reference) => FolderOf(reference) is null && BuiltInOf(reference) is not null;

    /// <returns>What was found for each.</returns>
    /// <param name="log">Told what is fetched.</param>
    /// <param name="unwanted">Asked from time to time, from any thread; true ends the search.</param>
    public IReadOnlyList<ActionFound> Find(IReadOnlyList<ActionReference.Remote> references, StepLog log, Func<bool> unwanted)
    {
        var found = references.Select(FindHere).ToArray();
        var repositories = Enumerable.Range(0, found.Length).Where(i => found[i] is null).GroupBy(i => (references[i].Name, references[i].Ref)).ToList();
        var fetched = FetchAll([.. repositories.Select(r => r.Key)], unwanted);
        for (var r = 0; r < repositories.Count; r++)
        {
            if (fetched[r] is Fetched.Files files) Tell(log, repositories[r].Key, files);
            foreach (var i in repositories[r]) found[i] = FoundIn(references[i], fetched[r]);
        }

        return found!;
    }

    private static void Tell(StepLog log, (string Name, string Ref) repository, Fetched.Files files) =>
        log.Write($"{(files.Downloaded ? "Download" : "Take from the cache")} action repository '{repository.Name}@{repository.Ref}' (SHA:{files.Commit})");

    /// <returns>Null: it is not on this machine.</returns>
    private ActionFound? FindHere(ActionReference.Remote reference)
    {
        if (IsOwn(reference) && ActionCopies.Inside(settings.OwnRepository!, reference.Path) is null) return Outside(reference);
        if (FolderOf(reference) is { } folder) return ActionManifest.Read(reference.ToString(), folder, new ActionOrigin(reference.Name, reference.Ref, Commit: null));
        return BuiltInOf(reference) is { } action ? new ActionFound.BuiltIn(action) : null;
    }

    private string? FolderOf(ActionReference.Remote reference)
    {
        if (IsOwn(reference)) return Path.Combine(settings.OwnRepository!, reference.Path);
        if (settings.Folder is not { } actions) return null;
        var folder = Path.Combine(actions, reference.Name, reference.Path).TrimEnd('/');
        return Directory.Exists(folder) ? folder : null;
    }

    /// <summary>Not of a workflow that was called from another repository: the files given are the run's own.</summary>
    private bool IsOwn(ActionReference.Remote reference) =>
        settings.OwnRepository is not null && reference.Name == Own.Name && reference.Ref == Own.Commit
        && Own.Name == job.Contexts.TextOf("github", "repository");

    private BuiltInAction? BuiltInOf(ActionReference.Remote reference) => settings.BuiltIn ? BuiltInAction.Find(reference) : null;

    private ActionFound FoundIn(ActionReference.Remote reference, Fetched fetched) => fetched switch
    {
        Fetched.Files files => FoundIn(reference, files),
        Fetched.Failed failed => new ActionFound.Missing($"Unable to resolve action '{reference}': {failed.Message}"),
        _ => new ActionFound.Missing($"Unable to resolve action '{reference}', repository not found or private"),
    };

    private ActionFound FoundIn(ActionReference.Remote reference, Fetched.Files files)
    {
        try
        {
            return ActionCopies.Inside(copies.Of(reference.Name, files), reference.Path) is { } folder
                ? ActionManifest.Read(reference.ToString(), folder, new ActionOrigin(reference.Name, reference.Ref, files.Commit))
                : Outside(reference);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new ActionFound.Missing($"Unable to resolve action '{reference}': {error.Message}");
        }
    }

    private static ActionFound.Missing Outside(ActionReference.Remote reference) => new($"'{reference}' is no action: links lead out of its repository");

    /// <summary>At the same time, on threads of their own: each waits for a git.</summary>
    private Fetched[] FetchAll(IReadOnlyList<(string Name, string Ref)> wanted, Func<bool> unwanted)
    {
        var results = new Fetched[wanted.Count];
        if (wanted.Count == 0) return results;
        var servers = Servers(unwanted);
        var next = -1;
        if (wanted.Count == 1)
        {
            Work();
            return results;
        }

        var threads = Enumerable.Range(0, Math.Min(AtOnce, wanted.Count)).Select(_ => new Thread(Work) { IsBackground = true, Name = "actions " + job.Order.Name }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return results;

        void Work()
        {
            while (Interlocked.Increment(ref next) is var i && i < wanted.Count) results[i] = Fetch(servers, wanted[i].Name, wanted[i].Ref);
        }
    }

    private static Fetched Fetch(IReadOnlyList<ActionRepository> servers, string name, string reference)
    {
        try
        {
            return servers.Select(server => server.Fetch(name, reference)).FirstOrDefault(fetched => fetched is not Fetched.NoRepository)
                ?? (servers.Count > 0 ? new Fetched.NoRepository() : new Fetched.Failed($"there is no place to fetch it from; set {ActionSettings.UpstreamVariable} to have one"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new Fetched.Failed(error.Message);
        }
    }

    private List<ActionRepository> Servers(Func<bool> unwanted)
    {
        var servers = new List<ActionRepository>();
        if (settings.Cache is not { } cache) return servers;
        var environment = job.Settings.BaseEnvironment;
        if (settings.FromServer) servers.Add(new ActionRepository(job.Order.ServerUrl, job.Order.Token, cache, environment, unwanted));
        if (settings.Upstream is { } upstream) servers.Add(new ActionRepository(upstream, token: "", cache, environment, unwanted));
        return servers;
    }

    private static ActionOrigin OwnOf(JobState job)
    {
        var commit = job.Contexts.TextOf("job", "workflow_sha") ?? job.Contexts.TextOf("github", "workflow_sha") ?? job.Contexts.TextOf("github", "sha");
        var repository = job.Contexts.TextOf("job", "workflow_repository") ?? job.Contexts.TextOf("github", "repository");
        return new ActionOrigin(repository ?? "", commit ?? "", commit);
    }
}
