using System.Text;

namespace Capstan.Cli.Terminals;

/// <summary>Asks a person at the terminal, and takes lines from standard input when it is a pipe. Secrets are not shown while they are typed.</summary>
internal sealed class Prompt
{
    private readonly Terminal terminal;
    private readonly TextReader? piped;

    private Prompt(Terminal terminal, TextReader? piped)
    {
        this.terminal = terminal;
        this.piped = piped;
    }

    public static Prompt Open(Terminal terminal) => new(terminal, Console.IsInputRedirected ? Console.In : null);

    /// <summary>Answers come from the reader, a line each, as from a pipe.</summary>
    public static Prompt From(Terminal terminal, TextReader answers) => new(terminal, answers);

    /// <exception cref="CommandException">Nothing was entered.</exception>
    public string Line(string what)
    {
        if (piped is null)
        {
            terminal.ErrorText($"{what}: ");
        }

        return Given(piped is null ? Console.ReadLine() : piped.ReadLine(), what);
    }

    /// <inheritdoc cref="Line"/>
    public string Secret(string what)
    {
        return Given(Typed(what), what);
    }

    /// <summary>As <see cref="Secret"/>, where it may be left out.</summary>
    /// <returns>Null when nothing was entered.</returns>
    public string? SecretIfAny(string what) => Typed(what) is { Length: > 0 } text ? text : null;

    /// <summary>As <see cref="Line"/>, where it may be left out.</summary>
    /// <returns>Null when nothing was entered.</returns>
    public string? LineIfAny(string what)
    {
        terminal.ErrorText($"{what}: ");
        return (piped is null ? Console.ReadLine() : piped.ReadLine()) is { Length: > 0 } text ? text : null;
    }

    private string? Typed(string what)
    {
        if (piped is not null)
        {
            return piped.ReadLine();
        }

        terminal.ErrorText($"{what}: ");
        var typed = ReadUnseen();
        terminal.Error("");
        return typed;
    }

    private static string Given(string? text, string what) =>
        text is { Length: > 0 } ? text : throw CommandException.Usage($"No {char.ToLowerInvariant(what[0])}{what[1..]} was given. Type it at the terminal, or give it as a line of standard input.");

    private static string ReadUnseen()
    {
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
