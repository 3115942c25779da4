using System.Runtime.InteropServices;

namespace Capstan.Server.Data.PostgreSql;

/// <summary>PostgreSQL's processes on a data folder, as the kernel shows them.</summary>
internal static partial class PostgreSqlProcesses
{
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;

    /// <summary>The living postmaster that holds the folder; null when the file is stale or not there.</summary>
    public static int? Postmaster(string data)
    {
        try
        {
            var file = Path.Combine(data, "postmaster.pid");
            return File.Exists(file) && int.TryParse(File.ReadLines(file).FirstOrDefault(), out var id) && WorksIn(id, data) ? id : null;
        }
        catch (IOException)
        {
            // It ended while we read.
            return null;
        }
    }

    /// <summary>
    /// Backends whose postmaster was killed: they keep its shared memory, and no new postmaster starts on the folder until they are gone.
    /// Source: https://www.postgresql.org/docs/current/server-shutdown.html
    /// </summary>
    public static IReadOnlyList<int> Orphans(string data) =>
    [
        .. from folder in Directory.EnumerateDirectories("/proc")
           let id = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
           where id > 0 && WorksIn(id, data)
           select id,
    ];

    public static bool IsAlive(int id) => Directory.Exists($"/proc/{id}");

    public static void Signal(int id, int signal) => _ = SendSignal(id, signal);

    // Every process of PostgreSQL has the data folder as its working directory.
    private static bool WorksIn(int id, string data)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{id}/cwd", returnFinalTarget: false)?.FullName == data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int id, int signal);
}
