using System.Diagnostics;

namespace Capstan.Benchmarks;

/// <summary>Runs programs to their end and times them from outside, start to exit.</summary>
public static class WholeProcess
{
    /// <exception cref="InvalidOperationException">The program ended with another code than 0; the message has what it printed.</exception>
    public static async Task<TimeSpan> TimeAsync(string program, IEnumerable<string> arguments, string workingDirectory, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        await RunAsync(program, arguments, workingDirectory, environment: null, cancel);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">As <see cref="TimeAsync"/>.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string>? environment, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var errors = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}:\n{await output}\n{await errors}");
    }
}
