using Capstan.Runner.Files;

namespace Capstan.Runner.Actions;

/// <summary>What lies in a cache of fetched actions, <c>server/owner/repository/commit</c>, and when it goes. A commit's folder was last changed when it was last used.</summary>
internal static class ActionCache
{
    /// <summary>A commit that is not complete yet lies in this folder of its server.</summary>
    public const string Incoming = ".incoming";

    /// <summary>No download takes nearly as long.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private static readonly TimeSpan Unused = TimeSpan.FromDays(30);

    /// <summary>A job uses the commit now.</summary>
    public static void Touch(string commit)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(commit, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A cache that another user filled can be used all the same; whoever may change it keeps it clean.
        }
    }

    /// <summary>Removes what downloads of one server left that were killed long ago; those that are under way stay.</summary>
    /// <param name="server">Its folder.</param>
    public static void RemoveAbandoned(string server) => RemoveOlder([Path.Combine(server, Incoming)], Abandoned);

    /// <summary>Removes what killed downloads left and the commits that no job used for long. To be called while nobody uses the cache.</summary>
    /// <param name="cache">It need not exist.</param>
    public static void RemoveUnused(string cache)
    {
        foreach (var server in Inside(cache))
        {
            RemoveOlder([Path.Combine(server, Incoming)], TimeSpan.Zero);
            RemoveOlder(Inside(server).Where(owner => Path.GetFileName(owner) != Incoming).SelectMany(Inside), Unused);
        }
    }

    private static void RemoveOlder(IEnumerable<string> folders, TimeSpan age)
    {
        var limit = TimeProvider.System.GetUtcNow().UtcDateTime - age;
        foreach (var folder in folders.SelectMany(Inside).Where(folder => Directory.GetLastWriteTimeUtc(folder) <= limit))
        {
            // What cannot be removed now is tried again the next time.
            _ = FolderRemoval.Remove(folder);
        }
    }

    /// <summary>Without links: what they lead to is no part of the cache, whoever put them there.</summary>
    private static IEnumerable<string> Inside(string folder) =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).GetDirectories().Where(inner => inner.LinkTarget is null).Select(inner => inner.FullName) : [];
}
