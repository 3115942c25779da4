using System.Security.Cryptography;
using System.Text;

namespace Capstan.Runner.Caches;

/// <summary>
/// Names what lies in a job's folders by the folder's meaning, so that a cache made by one job fits another whose workspace or home is elsewhere: <c>workspace/node_modules</c>,
/// <c>home/.npm</c>. All else is <c>root/…</c>. Immutable.
/// </summary>
internal sealed class CachePlaces
{
    private const string Root = "root";

    /// <summary>What belongs to the way an archive is made: another way is another version.</summary>
    private const string Format = "tar-gzip-1";

    private readonly (string Name, string Folder)[] places;

    /// <param name="temp">Of the job.</param>
    /// <param name="tools">The folder of installed tools.</param>
    public CachePlaces(string workspace, string temp, string tools, string home)
    {
        // The innermost first: a workspace often lies below the home folder.
        (string Name, string Folder)[] all = [("workspace", workspace), ("temp", temp), ("tools", tools), ("home", home)];
        places = [.. all.Select(place => (place.Name, Folder: place.Folder.TrimEnd('/'))).Where(place => place.Folder.Length > 0).OrderByDescending(place => place.Folder.Length)];
    }

    /// <param name="path">Absolute.</param>
    public string NameOf(string path)
    {
        foreach (var (name, folder) in places)
        {
            if (path == folder) return name;
            if (path.StartsWith(folder + "/", StringComparison.Ordinal)) return name + path[folder.Length..];
        }

        return Root + path;
    }

    /// <returns>Absolute; null for a name that leads out of its place, or of no place.</returns>
    public string? PathOf(string name)
    {
        var parts = name.TrimEnd('/').Split('/');
        if (parts.Skip(1).Any(part => part is "" or "." or "..") || name.Contains('\0', StringComparison.Ordinal)) return null;
        var folder = parts[0] == Root ? "" : places.FirstOrDefault(place => place.Name == parts[0]).Folder;
        return folder is null ? null : folder + "/" + string.Join('/', parts[1..]);
    }

    /// <summary>What makes caches of one key different: the lines of <c>path</c> and how the archive is made.</summary>
    /// <param name="workspace">Where relative lines begin.</param>
    public string VersionOf(IEnumerable<string> lines, string workspace, string home)
    {
        var names = lines.Select(line =>
        {
            var pattern = line.TrimStart('!');
            var path = pattern is "~" || pattern.StartsWith("~/", StringComparison.Ordinal) ? home + pattern[1..]
                : pattern.StartsWith('/') ? pattern
                : workspace + "/" + pattern;
            return line[..^pattern.Length] + NameOf(path.Replace("/./", "/", StringComparison.Ordinal).TrimEnd('/', '.'));
        });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', [.. names, Format]))));
    }
}
