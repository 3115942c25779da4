using System.Threading.Channels;
using Capstan.Cli.LocalRuns.Git;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// What changes in a working tree, as git sees it: nothing of <c>.git</c>, nothing that is ignored. Changes that come close together are one: an editor writes a file in
/// several steps, and a checkout writes many. For one reader.
/// </summary>
internal sealed class TreeChanges : IDisposable
{
    /// <summary>So long nothing has to happen until a change is over.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    /// <summary>More than these are not asked about: among so many there is one that counts.</summary>
    private const int MostAsked = 500;

    private readonly GitFolder git;
    private readonly TimeProvider clock;
    private readonly FileSystemWatcher watcher;
    private readonly Channel<string> changed = Channel.CreateUnbounded<string>();

    /// <exception cref="CommandException">The system cannot watch so many folders.</exception>
    public TreeChanges(GitFolder git, TimeProvider clock)
    {
        this.git = git;
        this.clock = clock;
        watcher = new FileSystemWatcher(git.Root)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Attributes,
        };
        watcher.Changed += (_, e) => Add(e.FullPath);
        watcher.Created += (_, e) => Add(e.FullPath);
        watcher.Deleted += (_, e) => Add(e.FullPath);
        watcher.Renamed += (_, e) => Add(e.FullPath);
        // Too much happened to be told one by one: that is a change, too.
        watcher.Error += (_, _) => Add(Path.Combine(git.Root, "."));
        try
        {
            watcher.EnableRaisingEvents = true;
        }
        catch (IOException error)
        {
            watcher.Dispose();
            throw CommandException.Environment($"{git.Root} cannot be watched: {error.Message} The limit is fs.inotify.max_user_watches (see 'sysctl').");
        }
    }

    /// <summary>Waits until something has changed and has come to rest.</summary>
    /// <returns>What changed, relative to the root.</returns>
    public async Task<IReadOnlyList<string>> NextAsync(CancellationToken cancel)
    {
        while (true)
        {
            var files = new HashSet<string>(StringComparer.Ordinal) { await changed.Reader.ReadAsync(cancel) };
            while (await MoreSoonAsync(cancel))
            {
                while (changed.Reader.TryRead(out var file))
                {
                    files.Add(file);
                }
            }

            if (NotIgnored(files) is { Count: > 0 } counting)
            {
                return counting;
            }
        }
    }

    public void Dispose() => watcher.Dispose();

    private async Task<bool> MoreSoonAsync(CancellationToken cancel)
    {
        using var soon = new CancellationTokenSource(Quiet, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(soon.Token, cancel);
        try
        {
            return await changed.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Add(string path)
    {
        var file = Path.GetRelativePath(git.Root, path);
        if (file != ".git" && !file.StartsWith(".git/", StringComparison.Ordinal))
        {
            changed.Writer.TryWrite(file);
        }
    }

    private List<string> NotIgnored(HashSet<string> files)
    {
        if (files.Count > MostAsked)
        {
            return [.. files];
        }

        // It names those of the paths that are ignored, and refuses when none is.
        var ignored = GitProcess.AskText(git.Root, ["-c", "core.quotePath=false", "check-ignore", "--", .. files])?.Split('\n') ?? [];
        return [.. files.Except(ignored, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }
}
