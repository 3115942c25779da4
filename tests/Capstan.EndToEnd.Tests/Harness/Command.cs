using System.Diagnostics;
using Xunit;

namespace Capstan.EndToEnd.Tests.Harness;

internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>This, after asserting that the command succeeded.</summary>
    public CommandResult Good()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Errors}");
        return this;
    }
}

/// <summary>Runs a program to its end, with a limit.</summary>
internal static class Command
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? workingDirectory = null, string? input = null)
    {
        var start = Start(program, arguments, environment, workingDirectory);
        start.RedirectStandardInput = true;
        using var limit = new CancellationTokenSource(Limit);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        return new CommandResult(process.ExitCode, await output, await errors);
    }

    /// <summary>With an environment of its own: nothing of the tests' settings reaches the program.</summary>
    public static ProcessStartInfo Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, string? workingDirectory)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? CapstanProgram.Root,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = CapstanProgram.Root;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["DOTNET_ROOT"] = CapstanProgram.RuntimeRoot;
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
