using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Capstan.Cli.LocalRuns.Git;

/// <summary>Starts git for the few things that only it knows.</summary>
internal static class GitProcess
{
    /// <inheritdoc cref="Ask"/>
    public static string? AskText(string folder, params ReadOnlySpan<string> arguments) =>
        Ask(folder, arguments) is { } output ? Encoding.UTF8.GetString(output) : null;

    /// <summary>Its standard output, or null when git refused (it says why on standard error, which is dropped).</summary>
    /// <exception cref="CommandException">There is no git on this machine.</exception>
    public static byte[]? Ask(string folder, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("git") { UseShellExecute = false, WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        // Whose files they are does not matter: we only read them, for the user who asked.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("safe.directory=*");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            using var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit();
            return process.ExitCode == 0 ? output.ToArray() : null;
        }
        catch (Win32Exception)
        {
            throw CommandException.Environment("git is not on the PATH. Install it, on Debian with: sudo apt-get install git");
        }
    }
}
