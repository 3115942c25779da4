using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Capstan.Testing;

namespace Capstan.EndToEnd.Tests.Harness;

/// <summary>A process of the program that goes on until it is told to end. What it printed is kept; ended by its id when the test is over.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    public const int Kill = 9;
    public const int Terminate = 15;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly StringBuilder printed = new();

    private RunningProgram(Process process) => this.process = process;

    public int Id => process.Id;

    public string Printed
    {
        get
        {
            lock (printed)
            {
                return printed.ToString();
            }
        }
    }

    public static RunningProgram Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = new Process { StartInfo = Command.Start(CapstanProgram.Path, arguments, environment, workingDirectory: null) };
        var running = new RunningProgram(process);
        process.OutputDataReceived += (_, line) => running.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => running.Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return running;
    }

    /// <summary>Waits for a line that begins with the text and answers its rest.</summary>
    /// <exception cref="InvalidOperationException">The program ended first.</exception>
    public Task<string> LineAsync(string beginning, TimeSpan? limit = null) => Eventually.NotNullAsync(
        () =>
        {
            var line = Printed.Split('\n').FirstOrDefault(l => l.StartsWith(beginning, StringComparison.Ordinal));
            return line is null && process.HasExited
                ? throw new InvalidOperationException($"The program ended with {process.ExitCode}:\n{Printed}")
                : Task.FromResult(line?[beginning.Length..].Trim());
        },
        limit ?? TimeSpan.FromSeconds(60),
        $"a line '{beginning}…'");

    /// <summary>Waits for its end and answers its exit code.</summary>
    /// <remarks>Its own end only: the runner of a killed <c>up</c> lives on and holds the same output. Some of it may not have been read yet.</remarks>
    public async Task<int> CodeAsync()
    {
        await Eventually.TrueAsync(() => process.HasExited, EndLimit);
        return process.ExitCode;
    }

    /// <summary>Waits for its end and that of its output, which comes after it, and answers its exit code. For a program that leaves nothing running.</summary>
    public async Task<int> CodeAndOutputAsync()
    {
        using var limit = new CancellationTokenSource(EndLimit);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public async Task<int> EndAsync(int signal = Terminate)
    {
        _ = SendSignal(process.Id, signal);
        return await CodeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            try
            {
                await EndAsync();
            }
            catch (TimeoutException)
            {
                await EndAsync(Kill);
            }
        }

        process.Dispose();
    }

    public static int Signal(int processId, int signal) => SendSignal(processId, signal);

    private void Keep(string? line)
    {
        lock (printed)
        {
            printed.Append(line).Append('\n');
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);
}
