namespace Capstan.Cli;

/// <summary>What every command answers to the shell. Scripts rely on these numbers.</summary>
internal static class ExitCodes
{
    /// <summary>Done, and the answer is good.</summary>
    public const int Good = 0;

    /// <summary>Done, and the answer is bad: a run failed, a file is invalid, the server refused.</summary>
    public const int Bad = 1;

    /// <summary>The call itself was wrong: an unknown option, a missing value.</summary>
    public const int Usage = 2;

    /// <summary>The environment is broken: no git, no database, no server to talk to.</summary>
    public const int Environment = 3;

    /// <summary>Ended by Ctrl-C or a request to terminate.</summary>
    public const int Interrupted = 130;
}

/// <summary>Ends a command with a message for people; <see cref="Program"/> prints it and exits with <see cref="ExitCode"/>.</summary>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The call was wrong; the message says what to type instead.</summary>
    public static CommandException Usage(string message) => new(ExitCodes.Usage, message);

    /// <summary>The machine lacks something; the message says what and how to get it.</summary>
    public static CommandException Environment(string message) => new(ExitCodes.Environment, message);
}
