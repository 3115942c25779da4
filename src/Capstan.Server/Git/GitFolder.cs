using Capstan.Server.Data;

namespace Capstan.Server.Git;

/// <summary>Where the bare repositories lie: <c>git/&lt;repository id&gt;.git</c> in the data folder, never by name, so that renaming moves nothing. Thread-safe.</summary>
internal sealed class GitFolder
{
    private readonly string root;

    /// <param name="root">Absolute; the part of the server's data folder that is for git.</param>
    public GitFolder(string root) => this.root = root;

    public string PathOf(RepositoryId repository) => Path.Combine(root, $"{repository.Value}.git");

    /// <summary>Whether the repository's folder is there; an external repository has none.</summary>
    public bool Exists(RepositoryId repository) => File.Exists(Path.Combine(PathOf(repository), "HEAD"));

    /// <summary>Where bodies of pushes wait on disk. On the same file system as the repositories.</summary>
    public string SpoolFolder() => Directory.CreateDirectory(Path.Combine(root, "incoming")).FullName;

    /// <summary>Whoever moves refs holds this file shared, kernel-wide (flock); who holds it alone knows that nobody moves refs.</summary>
    public string MoveLockOf(RepositoryId repository) => Path.Combine(PathOf(repository), "capstan-moving");

    public GitCommand Command(RepositoryId repository, params IEnumerable<string> arguments) => GitCommand.Create(PathOf(repository), arguments);

    /// <summary>Creates the bare repository, whole or not at all. A folder of that id left by a creation that failed is replaced.</summary>
    public async Task CreateAsync(RepositoryId repository, string defaultBranch, CancellationToken cancellationToken)
    {
        var building = Path.Combine(root, $"{repository.Value}.new");
        Remove(building);
        Remove(PathOf(repository));
        Directory.CreateDirectory(building);
        var init = GitCommand.Create(building, ["init", "--quiet", "--bare", "--template=", $"--initial-branch={defaultBranch}", "."]);
        (await init.RunAsync(cancellationToken)).OutputOfSuccess();
        await File.WriteAllBytesAsync(Path.Combine(building, Path.GetFileName(MoveLockOf(repository))), [], cancellationToken);
        Directory.Move(building, PathOf(repository));
    }

    /// <summary>Says to the whole machine that this process moves refs, until disposed.</summary>
    public FileStream HoldMoving(RepositoryId repository) => new(MoveLockOf(repository), FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);

    /// <summary>
    /// Makes sure that nobody moves refs now, not even a git left over from a server that was killed, and keeps it so until disposed. Null: somebody still does.
    /// The caller must hold the <see cref="RepositoryLock"/>, so that nobody begins.
    /// </summary>
    public FileStream? TryHoldStill(RepositoryId repository)
    {
        try
        {
            return new FileStream(MoveLockOf(repository), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
        {
            return null;
        }
    }

    public void Remove(RepositoryId repository) => Remove(PathOf(repository));

    /// <summary>Every ref of the given names that exists, and what it points to. Fresh from the files of git.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadRefsAsync(RepositoryId repository, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        // A pattern without wildcards names the ref itself or a folder of refs; the latter's are filtered out.
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var batch in wanted.Chunk(MaxNamesPerCall))
        {
            var answer = await Command(repository, ["for-each-ref", "--format=%(objectname) %(refname)", .. batch]).RunAsync(cancellationToken);
            foreach (var line in answer.OutputOfSuccess().Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var (sha, name) = (line[..line.IndexOf(' ')], line[(line.IndexOf(' ') + 1)..]);
                if (wanted.Contains(name))
                    found[name] = sha;
            }
        }

        return found;
    }

    /// <summary>Names of all branches, without <c>refs/heads/</c>.</summary>
    public async Task<IReadOnlyList<string>> ReadBranchesAsync(RepositoryId repository, CancellationToken cancellationToken)
    {
        var answer = await Command(repository, "for-each-ref", "--format=%(refname)", RefName.Heads).RunAsync(cancellationToken);
        return [.. answer.OutputOfSuccess().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => RefName.BranchOf(line)!)];
    }

    public async Task SetHeadAsync(RepositoryId repository, string branch, CancellationToken cancellationToken) =>
        (await Command(repository, "symbolic-ref", "HEAD", RefName.Heads + branch).RunAsync(cancellationToken)).OutputOfSuccess();

    /// <summary>Command lines have a limit of the system (2 MiB); names have one of ours (1,000 characters).</summary>
    private const int MaxNamesPerCall = 500;

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
