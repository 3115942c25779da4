using Capstan.Contracts;
using Capstan.Runner.Commands;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Steps;

/// <summary>How the one program of a step ended, with what it wrote.</summary>
/// <param name="CommandsFailed">A command it printed or a file it wrote makes the step fail.</param>
internal readonly record struct ProgramEnd(int ExitCode, StopReason Stopped, bool CommandsFailed);

/// <summary>Runs the program of a step, a shell or node: carries out the commands in its output and takes over what it wrote to its command files.</summary>
internal static class StepProgram
{
    /// <param name="files">The program's; given back afterwards.</param>
    /// <exception cref="StepFailure">It could not be started.</exception>
    public static ProgramEnd Run(StepFrame frame, StepFiles files, ProcessStart start)
    {
        var environment = start.Environment ?? throw new ArgumentException("A step never sees this process's own environment.", nameof(start));
        var commands = new StepCommands(frame, environment);
        frame.Log.Commands = commands;
        ProcessEnd end;
        try
        {
            end = frame.Run(start);
        }
        finally
        {
            frame.Log.Commands = null;
        }

        var taken = StepFilesReader.Take(frame, files);
        frame.Job.Files.Return(files);
        return new ProgramEnd(end.ExitCode, end.Stopped, commands.Failed || !taken);
    }

    /// <summary>What the step comes to.</summary>
    public static Conclusion Conclude(StepFrame frame, ProgramEnd end)
    {
        switch (end.Stopped)
        {
            case StopReason.CancelledBySteps:
                frame.Log.Write("A later step has cancelled this one.");
                return Conclusion.Cancelled;
            case StopReason.Cancelled or StopReason.Killed:
                frame.Error("The operation was canceled.");
                return Conclusion.Cancelled;
            case StopReason.TimedOut:
                // The message with the step's name and limit is written where the limit is kept.
                return Conclusion.Failure;
            default:
                return end.ExitCode != 0 || end.CommandsFailed ? Conclusion.Failure : Conclusion.Success;
        }
    }
}
