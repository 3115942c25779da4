using System.Text;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;

namespace Capstan.Server.Caches;

/// <summary>What keys and versions may be. Source: https://github.com/actions/toolkit/blob/main/packages/cache/src/cache.ts</summary>
internal static class CacheRules
{
    public static readonly UploadKind Upload = new("actions_caches", CacheProtocol.MaxBytes);

    /// <summary>UTF-8; with the version and the ref it must fit into an entry of the index, which PostgreSQL ends at 2,704 bytes.</summary>
    private const int MaxKeyBytes = 1024;

    /// <summary>All that is wrong, by field.</summary>
    public static Dictionary<string, string[]> Check(IReadOnlyList<string> keys, string version)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (keys.Count is 0 or > CacheProtocol.MaxKeys)
            errors["keys"] = [$"A lookup names 1 to {CacheProtocol.MaxKeys} keys."];
        else if (keys.FirstOrDefault(key => !IsKey(key)) is { } malformed)
            errors["keys"] = [$"'{malformed}' is no key: it has 1 to {CacheProtocol.MaxKeyLength} characters (of {MaxKeyBytes} bytes at most), no comma and no control character."];
        if (version.Length is 0 or > CacheProtocol.MaxVersionLength || !version.All(char.IsAscii))
            errors["version"] = [$"A version has 1 to {CacheProtocol.MaxVersionLength} ASCII characters."];
        return errors;
    }

    private static bool IsKey(string key) =>
        key.Length is >= 1 and <= CacheProtocol.MaxKeyLength && Encoding.UTF8.GetByteCount(key) <= MaxKeyBytes && !key.Any(c => c == ',' || char.IsControl(c));
}
