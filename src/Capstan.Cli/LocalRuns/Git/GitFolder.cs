namespace Capstan.Cli.LocalRuns.Git;

/// <summary>
/// A git working tree, read without starting git (a process costs more than all of these reads): its root, what HEAD points to, and where it was cloned from.
/// </summary>
/// <param name="Root">The working tree's top folder.</param>
/// <param name="Own">The <c>.git</c> folder of this working tree: it has HEAD and the index.</param>
/// <param name="Shared">The <c>.git</c> folder that all working trees of the repository share: it has the objects, the branches and the configuration.</param>
internal sealed record GitFolder(string Root, string Own, string Shared)
{
    private const string GitDir = "gitdir:";
    private const string SymbolicRef = "ref:";
    private const int DeepestReference = 5;

    /// <summary>The working tree that holds the folder, or null.</summary>
    public static GitFolder? Find(string folder)
    {
        for (var current = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); current is not null; current = Path.GetDirectoryName(current))
        {
            var entry = Path.Combine(current, ".git");
            if (Directory.Exists(entry))
            {
                return File.Exists(Path.Combine(entry, "HEAD")) ? new GitFolder(current, entry, SharedOf(entry)) : null;
            }

            // A linked working tree or a submodule: a file that says where the folder is.
            if (ReadLine(entry) is { } text && text.StartsWith(GitDir, StringComparison.Ordinal))
            {
                var own = Path.GetFullPath(text[GitDir.Length..].Trim(), current);
                return new GitFolder(current, own, SharedOf(own));
            }
        }

        return null;
    }

    /// <summary>The branch that is checked out, in full, or null when HEAD is detached.</summary>
    public string? Branch() =>
        ReadLine(Path.Combine(Own, "HEAD")) is { } head && head.StartsWith(SymbolicRef, StringComparison.Ordinal) ? head[SymbolicRef.Length..].Trim() : null;

    /// <summary>The commit that is checked out; null before the first one.</summary>
    public string? Commit() => Resolve(Path.Combine(Own, "HEAD"), depth: 0);

    /// <summary>The commit of a ref given in full; null when there is no such ref.</summary>
    public string? Commit(string name) => Resolve(Path.Combine(Shared, name), depth: 0) ?? Packed(name);

    /// <summary>The branch that others' changes go into: what the clone's origin calls HEAD, else main or master if there is one, else what is checked out.</summary>
    public string DefaultBranch()
    {
        const string origin = "refs/remotes/origin/";
        if (ReadLine(Path.Combine(Shared, origin + "HEAD")) is { } head && head.StartsWith(SymbolicRef + " " + origin, StringComparison.Ordinal))
        {
            return head[(SymbolicRef.Length + 1 + origin.Length)..].Trim();
        }

        var known = Array.Find(["main", "master"], name => Commit("refs/heads/" + name) is not null);
        return known ?? Branch()?["refs/heads/".Length..] ?? "main";
    }

    /// <summary>The address of the remote <c>origin</c>, or null.</summary>
    public string? Origin()
    {
        var file = Path.Combine(Shared, "config");
        if (!File.Exists(file))
        {
            return null;
        }

        var inOrigin = false;
        var text = TextFile.Read(file).AsSpan();
        while (TextFile.TakeLine(ref text, out var line))
        {
            if (line is ['[', ..])
            {
                inOrigin = line.SequenceEqual("[remote \"origin\"]");
            }
            else if (inOrigin && line.StartsWith("url") && line[3..].TrimStart() is ['=', .. var url])
            {
                return url.Trim().ToString();
            }
        }

        return null;
    }

    private static string SharedOf(string own) =>
        ReadLine(Path.Combine(own, "commondir")) is { } shared ? Path.GetFullPath(shared, own) : own;

    private string? Resolve(string file, int depth)
    {
        if (depth > DeepestReference || ReadLine(file) is not { } text)
        {
            return null;
        }

        if (!text.StartsWith(SymbolicRef, StringComparison.Ordinal))
        {
            return text;
        }

        var name = text[SymbolicRef.Length..].Trim();
        return Resolve(Path.Combine(Shared, name), depth + 1) ?? Packed(name);
    }

    /// <summary>Lines of packed-refs are <c>commit name</c>.</summary>
    private string? Packed(string name)
    {
        var file = Path.Combine(Shared, "packed-refs");
        if (!File.Exists(file))
        {
            return null;
        }

        var text = TextFile.Read(file).AsSpan();
        while (TextFile.TakeLine(ref text, out var line))
        {
            var space = line.IndexOf(' ');
            if (space > 0 && line[(space + 1)..].SequenceEqual(name))
            {
                return line[..space].ToString();
            }
        }

        return null;
    }

    private static string? ReadLine(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                return null;
            }

            var text = TextFile.Read(file).AsSpan();
            _ = TextFile.TakeLine(ref text, out var line);
            return line.ToString();
        }
        catch (UnauthorizedAccessException)
        {
            throw CommandException.Environment($"{file} may not be read by this user.");
        }
    }
}
