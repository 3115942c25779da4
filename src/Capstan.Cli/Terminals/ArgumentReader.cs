namespace Capstan.Cli.Terminals;

/// <summary>
/// Reads the arguments of the commands that must start in milliseconds (a general parser costs 10 ms). Understands <c>--name value</c>,
/// <c>--name=value</c>, and <c>--</c> before arguments that begin with a dash. Not safe for concurrent use.
/// </summary>
internal sealed class ArgumentReader(string command, IReadOnlyList<string> arguments)
{
    private int next;
    private bool onlyOperands;
    private string? attachedValue;

    /// <summary>The option's name with its dashes, or null when <see cref="Current"/> is an operand.</summary>
    public string? Option { get; private set; }

    /// <summary>The operand, or the option as it was typed.</summary>
    public string Current { get; private set; } = "";

    /// <summary>Moves to the next option or operand; false at the end.</summary>
    public bool Read()
    {
        if (attachedValue is not null)
        {
            throw CommandException.Usage($"{Option} takes no value.\nSee 'capstan {command} --help'.");
        }

        if (next < arguments.Count && !onlyOperands && arguments[next] == "--")
        {
            onlyOperands = true;
            next++;
        }

        if (next >= arguments.Count)
        {
            return false;
        }

        Current = arguments[next++];
        Option = null;
        if (!onlyOperands && Current.Length > 1 && Current[0] == '-')
        {
            var equals = Current.StartsWith("--", StringComparison.Ordinal) ? IndexOfEquals(Current) : -1;
            Option = equals < 0 ? Current : Current[..equals];
            attachedValue = equals < 0 ? null : Current[(equals + 1)..];
        }

        return true;
    }

    /// <summary>The value of the current option.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public string Value()
    {
        if (attachedValue is { } attached)
        {
            attachedValue = null;
            return attached;
        }

        return next < arguments.Count
            ? arguments[next++]
            : throw CommandException.Usage($"{Option} needs a value.\nSee 'capstan {command} --help'.");
    }

    /// <summary>The value of the current option, split at its first <paramref name="separator"/>.</summary>
    /// <exception cref="CommandException">The value has no separator, or nothing before it.</exception>
    public KeyValuePair<string, string> Pair(char separator = '=')
    {
        var value = Value();
        var at = value.IndexOf(separator, StringComparison.Ordinal);
        return at > 0
            ? new KeyValuePair<string, string>(value[..at], value[(at + 1)..])
            : throw CommandException.Usage($"{Option} takes NAME{separator}VALUE, and '{value}' is not of that form.");
    }

    /// <summary>By hand: the first search in a text has .NET load 2 ms of vectors, which otherwise comes when two threads are there to share it.</summary>
    private static int IndexOfEquals(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=')
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The refusal for an option that the command does not have.</summary>
    public CommandException Unknown() => CommandException.Usage($"'{Current}' is no option of 'capstan {command}'.\nSee 'capstan {command} --help'.");
}
