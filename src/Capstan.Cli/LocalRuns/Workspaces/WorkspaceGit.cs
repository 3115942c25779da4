using Capstan.Cli.LocalRuns.Git;
using Capstan.Runner.Files;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>
/// The <c>.git</c> of a workspace copy: refs, HEAD and index of its own, objects shared with the original. What a step commits or tags there does not touch the
/// original. The configuration is not copied: it may hold hooks and credentials that a server's checkout would not have.
/// </summary>
internal static class WorkspaceGit
{
    public static void Write(GitFolder git, string target)
    {
        Directory.CreateDirectory(Path.Combine(target, "objects", "info"));
        WholeFile.Write(Path.Combine(target, "objects", "info", "alternates"), Path.Combine(git.Shared, "objects") + "\n");
        WholeFile.Write(Path.Combine(target, "config"), Configuration(git));
        CopyIfThere(Path.Combine(git.Own, "HEAD"), Path.Combine(target, "HEAD"));
        CopyIfThere(Path.Combine(git.Own, "index"), Path.Combine(target, "index"));
        CopyIfThere(Path.Combine(git.Shared, "packed-refs"), Path.Combine(target, "packed-refs"));
        CopyIfThere(Path.Combine(git.Shared, "shallow"), Path.Combine(target, "shallow"));
        CopyFolder(Path.Combine(git.Shared, "refs"), Path.Combine(target, "refs"));
    }

    private static string Configuration(GitFolder git)
    {
        var origin = git.Origin() is { } url ? $"[remote \"origin\"]\n\turl = {WithoutCredentials(url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n" : "";
        return $"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n{origin}";
    }

    /// <summary>A token in an address (<c>https://user:token@host/…</c>) is the person's own. The user of an ssh address is part of its name and no secret.</summary>
    private static string WithoutCredentials(string url)
    {
        var begin = url.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        if (!url.StartsWith("http", StringComparison.OrdinalIgnoreCase) || begin < "://".Length) return url;
        var end = url.IndexOf('/', begin);
        var at = url.LastIndexOf('@', (end < 0 ? url.Length : end) - 1);
        return at < begin ? url : url[..begin] + url[(at + 1)..];
    }

    private static void CopyFolder(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(target + folder[source.Length..]);
        }

        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            CopyIfThere(file, target + file[source.Length..]);
        }
    }

    private static void CopyIfThere(string source, string target)
    {
        if (File.Exists(source))
        {
            FileCopy.Make(source, target, WorkspaceReads.NotRead);
        }
    }
}
