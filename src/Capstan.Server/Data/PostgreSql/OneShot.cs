using System.ComponentModel;
using System.Diagnostics;

namespace Capstan.Server.Data.PostgreSql;

/// <summary>Short programs at start-up, run to their end.</summary>
internal static class OneShot
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <returns>127 when the program is not there.</returns>
    public static (int Code, string Output, string Error) Run(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(Limit))
            {
                process.Kill();
                return (124, output, $"{command[0]} did not end within {Limit}.");
            }

            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception e)
        {
            return (127, "", e.Message);
        }
    }
}
