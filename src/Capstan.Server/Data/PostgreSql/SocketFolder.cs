using System.Security.Cryptography;
using System.Text;

namespace Capstan.Server.Data.PostgreSql;

/// <summary>Where the private PostgreSQL's socket lies: a short path of its own for each data folder, because a socket's path ends at 107 bytes.</summary>
internal static class SocketFolder
{
    /// <summary>What is left of 107 bytes after <c>/.s.PGSQL.5432</c>.</summary>
    private const int LongestPath = 93;

    private const UnixFileMode OnlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersPassThrough = OnlyTheUser | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <param name="runFolder">Given by the operator; null: <c>/run/capstan</c> as root, else below <c>XDG_RUNTIME_DIR</c>, else below the temporary folder.</param>
    /// <exception cref="StartupException">The path is too long, or the folder is somebody else's.</exception>
    public static string Make(string? runFolder, string dataFolder, PostgreSqlAccount account)
    {
        var above = runFolder is not null ? Path.GetFullPath(runFolder) : Usual();
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(dataFolder)))[..12];
        var folder = Path.Combine(above, name);
        if (Encoding.UTF8.GetByteCount(folder) > LongestPath)
            throw new StartupException($"The folder {folder} is too long for a socket. Choose a shorter one with --run-folder.");

        try
        {
            // As root, PostgreSQL's user must pass through; what is in it is that user's alone. Setting the mode fails where another user was first.
            Directory.CreateDirectory(above);
            File.SetUnixFileMode(above, Environment.IsPrivilegedProcess ? OthersPassThrough : OnlyTheUser);
            account.MakeFolder(folder);
            File.SetUnixFileMode(folder, OnlyTheUser);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartupException($"The folder {folder} cannot be used for PostgreSQL's socket: {e.Message} Choose another place with --run-folder.", e);
        }

        return folder;
    }

    private static string Usual() =>
        Environment.IsPrivilegedProcess ? "/run/capstan"
        : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Directory.Exists(runtime) ? Path.Combine(runtime, "capstan")
        : Path.Combine(Path.GetTempPath(), $"capstan-{Environment.UserName}");
}
