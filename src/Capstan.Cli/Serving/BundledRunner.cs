using System.Diagnostics;
using System.Globalization;
using Capstan.Cli.Runners;
using Capstan.Runner.Actions;
using Capstan.Runner.Jobs;

namespace Capstan.Cli.Serving;

/// <summary>
/// The runner of <c>capstan up</c>: a process of its own, as an unprivileged user when the server runs as root, started again when it ends by itself, and
/// ended with the server. Its environment is built, so that no setting or secret of the server's reaches it.
/// </summary>
internal sealed class BundledRunner : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<string> command;
    private readonly RunnerFolder folder;
    private readonly Action<string> report;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock changing = new();
    private Process? process;

    private BundledRunner(IReadOnlyList<string> command, RunnerFolder folder, Action<string> report)
    {
        this.command = command;
        this.folder = folder;
        this.report = report;
    }

    /// <param name="account">Null: as this process's own user.</param>
    /// <param name="report">Lines for the person who watches.</param>
    public static BundledRunner Start(RunnerFolder folder, RunnerAccount? account, int slots, Action<string> report)
    {
        IReadOnlyList<string> command =
        [
            // A session of its own: Ctrl-C in the terminal reaches us only, and we decide what becomes of running jobs.
            "setsid",
            .. account?.As() ?? ["setpriv"],
            "--pdeathsig=TERM",
            .. ThisProgram(), "runner", "start", "--folder", folder.Root, "--slots", slots.ToString(CultureInfo.InvariantCulture),
        ];
        var runner = new BundledRunner(command, folder, report);

        // The kernel signals the child when the *thread* that started it ends, so that thread lives as long as the runner may.
        new Thread(runner.Supervise) { IsBackground = true, Name = "Bundled runner" }.Start();
        return runner;
    }

    /// <summary>Asks the runner to end: the first time running jobs may finish, the second time they are cancelled.</summary>
    public void Signal()
    {
        lock (changing)
        {
            stopping.Cancel();
            if (process is { HasExited: false } running)
            {
                Posix.Terminate(running.Id);
            }
        }
    }

    public Task Ended => ended.Task;

    public async ValueTask DisposeAsync()
    {
        Signal();
        await ended.Task;
        stopping.Dispose();
    }

    /// <summary>How this program is started: by its own name, or as <c>dotnet capstan.dll</c>.</summary>
    private static string[] ThisProgram()
    {
        var process = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        return Path.GetFileName(process) == "dotnet" ? [process, typeof(BundledRunner).Assembly.Location] : [process];
    }

    private void Supervise()
    {
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            if (RunOnce() is { } code && !stopping.IsCancellationRequested)
            {
                pause = Stopwatch.GetElapsedTime(began) > LongestPause ? FirstPause : pause;
                report($"The runner ended with {code}; it is started again in {pause.TotalSeconds:0} s.");
                stopping.Token.WaitHandle.WaitOne(pause);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }

        ended.SetResult();
    }

    private int? RunOnce()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, WorkingDirectory = folder.Root };
        start.Environment.Clear();
        foreach (var (name, value) in BuiltEnvironment())
        {
            start.Environment[name] = value;
        }

        lock (changing)
        {
            if (stopping.IsCancellationRequested)
            {
                return null;
            }

            process = Process.Start(start)!;
        }

        process.WaitForExit();
        return process.ExitCode;
    }

    private Dictionary<string, string> BuiltEnvironment()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = folder.HomeFolder,
            ["LANG"] = Environment.GetEnvironmentVariable("LANG") ?? "C.UTF-8",
        };
        foreach (var name in (string[])["DOTNET_ROOT", ActionSettings.NodeVariable, ActionSettings.BuiltInVariable, .. MachineSettings.Variables])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                result[name] = value;
            }
        }

        return result;
    }

    private static class Posix
    {
        private const int SigTerm = 15;

        public static void Terminate(int processId) => _ = Kill(processId, SigTerm);

        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill", SetLastError = true)]
        [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
        private static extern int Kill(int processId, int signal);
    }
}
