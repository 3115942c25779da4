using System.Security.Cryptography;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Steps;

/// <summary>
/// <c>hashFiles()</c>: SHA-256 over the SHA-256 of every file that the patterns match, in the order of a walk through sorted folders.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#hashfiles
/// </summary>
internal static class HashFiles
{
    private const string FollowOption = "--follow-symbolic-links";
    private const int ReadBytes = 64 * 1024;

    /// <summary>As on GitHub.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <exception cref="ExpressionEvaluationException">It takes too long or a file cannot be read.</exception>
    public static string Of(IReadOnlyList<string> arguments, string workspace, TimeProvider clock)
    {
        var follow = arguments.Count > 0 && string.Equals(arguments[0], FollowOption, StringComparison.OrdinalIgnoreCase);
        var patterns = new List<GlobPattern>();
        foreach (var argument in follow ? arguments.Skip(1) : arguments)
        {
            foreach (var line in argument.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (line[0] != '#') patterns.Add(GlobPattern.Parse(line, workspace));
            }
        }

        if (!Directory.Exists(workspace)) return "";
        using var total = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var began = clock.GetTimestamp();
        void Check()
        {
            if (clock.GetElapsedTime(began) > Limit) throw new ExpressionEvaluationException($"hashFiles did not finish within {Limit.TotalSeconds} seconds");
        }

        var any = false;
        try
        {
            foreach (var file in Walk(workspace, "", patterns, follow, [], Check))
            {
                total.AppendData(HashOf(file, Check));
                any = true;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ExpressionEvaluationException($"hashFiles failed: {error.Message}");
        }

        return any ? Convert.ToHexStringLower(total.GetHashAndReset()) : "";
    }

    private static byte[] HashOf(string file, Action check)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = JobFile.Open(file);
        var buffer = new byte[ReadBytes];
        while (true)
        {
            // Asked with every piece: a link to a device has no end.
            check();
            var read = stream.Read(buffer);
            if (read == 0) return hash.GetHashAndReset();
            hash.AppendData(buffer, 0, read);
        }
    }

    private static IEnumerable<string> Walk(string root, string relative, List<GlobPattern> patterns, bool follow, HashSet<string> ancestors, Action check)
    {
        var folder = new DirectoryInfo(Path.Combine(root, relative));
        var entries = folder.GetFileSystemInfos();
        Array.Sort(entries, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var entry in entries)
        {
            check();

            // As on GitHub, whose walk does not find such names either.
            if (!JobFile.IsReachable(entry.FullName)) continue;
            var name = relative.Length == 0 ? entry.Name : relative + "/" + entry.Name;
            var link = entry.LinkTarget is not null;
            var isFolder = link ? Directory.Exists(entry.FullName) : entry is DirectoryInfo;
            if (isFolder)
            {
                if ((link && !follow) || !patterns.Exists(p => !p.Negated && p.MayMatchIn(name))) continue;
                var real = link ? entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName : entry.FullName;
                if (!ancestors.Add(real)) continue;
                foreach (var file in Walk(root, name, patterns, follow, ancestors, check)) yield return file;
                ancestors.Remove(real);
            }
            else if (Matches(patterns, name) && !(follow && link && !Path.Exists(entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName)))
            {
                yield return entry.FullName;
            }
        }
    }

    /// <summary>The last pattern that says something about the file counts.</summary>
    private static bool Matches(List<GlobPattern> patterns, string path)
    {
        var result = false;
        foreach (var pattern in patterns)
        {
            if (pattern.Negated == result && pattern.Matches(path)) result = !pattern.Negated;
        }

        return result;
    }
}
