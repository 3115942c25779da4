using System.Globalization;

namespace Capstan.Runner.Processes;

/// <summary>
/// Ends processes of jobs whose runner was killed: nobody is left to wait for them, and the server has given their job away. They are known by the
/// temporary folder in their environment, so other runners' jobs on the machine are left alone.
/// </summary>
internal static class LeftProcesses
{
    private const int MaxRounds = 50;

    /// <param name="folder">The absolute folder below which the dead runner's jobs had their temporary folders.</param>
    public static void End(string folder)
    {
        var prefix = folder.TrimEnd('/') + "/";
        for (var round = 0; round < MaxRounds; round++)
        {
            var found = 0;
            foreach (var entry in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(entry.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var process)) continue;
                if (ProcessScan.Variable(process, "RUNNER_TEMP="u8)?.StartsWith(prefix, StringComparison.Ordinal) != true) continue;
                _ = Posix.Kill(process, Posix.SigKill);
                found++;
            }

            if (found == 0) return;
            unsafe
            {
                _ = Posix.Poll(null, 0, 2);
            }
        }
    }
}
