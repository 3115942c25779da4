namespace Capstan.Server.Data.PostgreSql;

/// <summary>As whom the private PostgreSQL runs: it refuses root, so a server that is root drops to the user that Debian's package makes.</summary>
/// <param name="Name">The operating system's name of the user.</param>
/// <param name="Drop">The beginning of a command line that runs the rest as that user; only <c>setpriv</c> when it is ourselves.</param>
internal sealed record PostgreSqlAccount(string Name, IReadOnlyList<string> Drop)
{
    private const string PackageUser = "postgres";

    public static PostgreSqlAccount Find()
    {
        if (!Environment.IsPrivilegedProcess)
            return new PostgreSqlAccount(Environment.UserName, ["setpriv"]);
        if (OneShot.Run(["getent", "passwd", PackageUser]).Code != 0)
        {
            throw new StartupException(
                $"PostgreSQL refuses to run as root, and there is no user {PackageUser} to run it as. Type: useradd --system --user-group --no-create-home {PackageUser}");
        }

        return new PostgreSqlAccount(PackageUser, ["setpriv", $"--reuid={PackageUser}", $"--regid={PackageUser}", "--clear-groups"]);
    }

    /// <summary>Makes a folder that this user owns and nobody else enters.</summary>
    public void MakeFolder(string path)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Environment.IsPrivilegedProcess)
            Must(["chown", "--no-dereference", $"{Name}:", path]);
    }

    /// <exception cref="StartupException">A folder on the way is closed to this user.</exception>
    public void MustReach(string folder)
    {
        if (OneShot.Run([.. Drop, "test", "-x", folder]).Code != 0)
        {
            throw new StartupException(
                $"The user {Name}, as which PostgreSQL runs, cannot reach {folder}: a folder above it is closed to others. Choose a place that is open, for example /var/lib/capstan, with --data.");
        }
    }

    /// <summary>Runs a program as this user.</summary>
    public void Run(params string[] command) => Must([.. Drop, .. command]);

    private static void Must(IReadOnlyList<string> command)
    {
        var (code, output, error) = OneShot.Run(command);
        if (code != 0)
            throw new StartupException($"{string.Join(' ', command)} ended with {code}: {(error.Length > 0 ? error : output).Trim()}");
    }
}
