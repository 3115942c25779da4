using System.Diagnostics;
using System.Globalization;

namespace Capstan.Cli.Serving;

/// <summary>
/// The unprivileged user that the bundled runner and its jobs run as when the server runs as root: neither the server's user nor PostgreSQL's, so that a step
/// can read neither the master key nor the database.
/// </summary>
internal sealed record RunnerAccount(string Name, int UserId, int GroupId)
{
    public const string DefaultName = "capstan-runner";

    /// <summary>Finds the account, and makes it when it is missing.</summary>
    /// <exception cref="CommandException">It cannot be made; the message has the command to type.</exception>
    public static async Task<RunnerAccount> EnsureAsync(string home, CancellationToken cancel)
    {
        if (await FindAsync(cancel) is { } found)
        {
            return found;
        }

        string[] make = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", "/usr/sbin/nologin", DefaultName];
        var (code, _, error) = await RunAsync(make, cancel);
        return await FindAsync(cancel)
            ?? throw CommandException.Environment($"The user {DefaultName}, as which jobs run, could not be made ({code}: {error.Trim()}). Type: {string.Join(' ', make)}");
    }

    /// <summary>Whether this user may run the program: it does not if a folder on the way is closed to others, as a home folder often is.</summary>
    public async Task<bool> ReachesAsync(string program, CancellationToken cancel) =>
        (await RunAsync([.. As(), "test", "-x", program], cancel)).Code == 0;

    /// <summary>The beginning of a command line that runs the rest as this user, with its groups only.</summary>
    public IReadOnlyList<string> As() =>
        ["setpriv", $"--reuid={Text(UserId)}", $"--regid={Text(GroupId)}", "--clear-groups"];

    /// <summary>Gives a file or folder, not what is in it, to this user.</summary>
    /// <exception cref="CommandException">It cannot be given.</exception>
    public async Task OwnAsync(string path, CancellationToken cancel)
    {
        var (code, _, error) = await RunAsync(["chown", "--no-dereference", $"{Text(UserId)}:{Text(GroupId)}", path], cancel);
        if (code != 0)
        {
            throw CommandException.Environment($"{path} could not be given to the user {Name}, as which jobs run ({code}: {error.Trim()}).");
        }
    }

    private static async Task<RunnerAccount?> FindAsync(CancellationToken cancel)
    {
        var (code, output, _) = await RunAsync(["getent", "passwd", DefaultName], cancel);
        var fields = output.Trim().Split(':');
        return code == 0 && fields.Length > 3
            ? new RunnerAccount(DefaultName, int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture))
            : null;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancel);
            var error = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            return (process.ExitCode, await output, await error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, "", e.Message);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
