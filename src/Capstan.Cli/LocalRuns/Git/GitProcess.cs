using System.Text;
using Capstan.Runner.Processes;

namespace Capstan.Cli.LocalRuns.Git;

/// <summary>Starts git for the few things that only it knows.</summary>
internal static class GitProcess
{
    /// <inheritdoc cref="Ask"/>
    public static string? AskText(string folder, params string[] arguments) =>
        Ask(folder, arguments) is { } output ? Encoding.UTF8.GetString(output) : null;

    /// <summary>Its standard output, or null when git refused.</summary>
    /// <exception cref="CommandException">There is no git on this machine.</exception>
    public static byte[]? Ask(string folder, params string[] arguments)
    {
        using var git = Start(folder, arguments);
        return git.Read();
    }

    /// <summary>Starts git; its answer is read when it is wanted.</summary>
    /// <exception cref="CommandException">There is no git on this machine.</exception>
    public static ProgramOutput Start(string folder, params string[] arguments)
    {
        try
        {
            // Git must not take locks that could disturb the user's own git. Whose files they are does not matter: we only read them, for the user who asked.
            return ProgramOutput.Start("git", ["--no-optional-locks", "-c", "safe.directory=*", .. arguments], folder);
        }
        catch (FileNotFoundException)
        {
            throw CommandException.Environment("git is not on the PATH. Install it, on Debian with: sudo apt-get install git");
        }
    }
}
