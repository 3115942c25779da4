using Capstan.Cli.Client;
using Capstan.Cli.Terminals;

namespace Capstan.Cli;

/// <summary>What every command is given: where it writes, what time it is, and which server it talks to.</summary>
internal sealed record CommandContext(Terminal Terminal, TimeProvider Clock, ServerSettings Settings)
{
    /// <summary>
    /// Cancelled by the second signal: what was to end in order is to end at once. (The first one cancels the token that a command is called with.) There is one
    /// watch of signals in the process, from its beginning: a signal that came before a command looked is not lost.
    /// </summary>
    public CancellationToken AtOnce { get; init; }

    /// <summary>A client for the server in the settings, signed in if there is a token. The caller disposes it.</summary>
    /// <exception cref="CommandException">No server is known.</exception>
    public ApiClient Connect() => ApiClient.Open(Settings);
}
