using System.Diagnostics;
using Capstan.Cli.Terminals;
using Capstan.Runner.Jobs;

namespace Capstan.Cli.LocalRuns;

/// <summary><c>--shell-on-failure</c>: a shell for a person in the place of a step that failed, with its environment.</summary>
internal static class FailureShell
{
    /// <summary>By this a job's processes are found and ended; what a person starts is no longer the job's.</summary>
    private const string TrackingVariable = "RUNNER_TRACKING_ID";

    private const string Bash = "/bin/bash";

    /// <exception cref="CommandException">There is no terminal to type at.</exception>
    public static void Require(RunOptions options, Terminal terminal)
    {
        if (options.ShellOnFailure && (options.Json || !terminal.IsInteractive || Console.IsInputRedirected))
        {
            throw CommandException.Usage("--shell-on-failure opens a shell for a person: it needs a terminal for input and output, and no --json.");
        }
    }

    /// <summary>Returns when the person leaves it.</summary>
    public static void Open(FailedStep step, Terminal terminal)
    {
        terminal.Error($"\n{terminal.Paint(Tone.Bad, "✗")} {Printable.Of(step.Name)} {terminal.Paint(Tone.Bad, "failed")}. This is a shell in its folder, with its environment, secrets included:");
        terminal.Error($"  {step.Folder}");
        if (KeepScript(step) is { } script)
        {
            terminal.Error($"  its script: {script}");
        }

        terminal.Error("Leave it with 'exit' or Ctrl-D; the run then comes to its end.");
        using var shell = Process.Start(StartOf(step));
        shell?.WaitForExit();
    }

    /// <summary>Without the person's own start-up files: they would change the environment that the step had.</summary>
    private static ProcessStartInfo StartOf(FailedStep step)
    {
        var start = new ProcessStartInfo(File.Exists(Bash) ? Bash : "/bin/sh", File.Exists(Bash) ? ["--norc", "--noprofile", "-i"] : ["-i"])
        {
            WorkingDirectory = Directory.Exists(step.Folder) ? step.Folder : "/",
            UseShellExecute = false,
        };
        start.Environment.Clear();
        foreach (var (name, value) in step.Environment.Where(variable => variable.Key != TrackingVariable))
        {
            start.Environment[name] = value;
        }

        start.Environment["TERM"] = Environment.GetEnvironmentVariable("TERM");
        start.Environment["PS1"] = "(failed step) \\w$ ";
        return start;
    }

    private static string? KeepScript(FailedStep step)
    {
        if (step.Script is null || step.Environment.GetValueOrDefault("RUNNER_TEMP") is not { } temp)
        {
            return null;
        }

        var file = Path.Combine(temp, "failed-step");
        File.WriteAllText(file, step.Script + "\n");
        return file;
    }
}
