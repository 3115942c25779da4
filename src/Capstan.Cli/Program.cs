using System.Runtime.CompilerServices;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;

namespace Capstan.Cli;

/// <summary>The program <c>capstan</c>. Finds the command, runs it, and turns every way it can end into an exit code.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        var terminal = Terminal.Open();
        try
        {
            if (HotCommands.Find(arguments, out var rest) is not { } hot)
            {
                return RunTree(arguments, terminal);
            }

            if (Array.Exists(rest, argument => argument is "--help" or "-h"))
            {
                terminal.Line(hot.Help.TrimEnd());
                return ExitCodes.Good;
            }

            // A regular expression that a library compiles at run time costs more than these commands take in all; without dynamic code it is interpreted.
            AppContext.SetSwitch("System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported", isEnabled: false);
            return hot.Run(rest, terminal);
        }
        catch (CommandException e)
        {
            terminal.Error(e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (IOException e) when (e.HResult == DescriptorStream.BrokenPipe)
        {
            // The reader of our output has gone (`capstan … | head`): there is nobody left to tell.
            return ExitCodes.Environment;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that may not be read, a full disk, no temporary folder: the machine's trouble, told in one line.
            TellQuietly(terminal, e.Message);
            return ExitCodes.Environment;
        }
    }

    /// <summary>Where even the standard error cannot be written, the exit code has to do.</summary>
    private static void TellQuietly(Terminal terminal, string message)
    {
        try
        {
            terminal.Error(message);
        }
        catch (IOException)
        {
            // Nobody can be told.
        }
    }

    /// <summary>Apart, so that the parser's assembly is loaded only when it is needed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunTree(string[] arguments, Terminal terminal) => RunTreeAsync(arguments, terminal).GetAwaiter().GetResult();

    private static async Task<int> RunTreeAsync(string[] arguments, Terminal terminal)
    {
        using var interruption = Interruption.Watch();
        var context = new CommandContext(terminal, TimeProvider.System, ServerSettings.Load(Environment.GetEnvironmentVariable)) { AtOnce = interruption.Second };
        return await CommandTree.RunAsync(arguments, context, interruption.First);
    }
}
