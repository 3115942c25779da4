using Capstan.Cli.Terminals;

namespace Capstan.Cli.Language;

/// <summary>The arguments of a command that only answers lines of JSON.</summary>
internal static class NdjsonOption
{
    /// <exception cref="CommandException">There is anything but <c>--ndjson</c>.</exception>
    public static void Require(string command, IReadOnlyList<string> arguments)
    {
        var reader = new ArgumentReader(command, arguments);
        var isGiven = false;
        while (reader.Read())
        {
            isGiven = reader.Option == "--ndjson" ? true : throw reader.Unknown();
        }

        if (!isGiven)
        {
            throw CommandException.Usage($"This command reads its questions from standard input: add --ndjson.\nSee 'capstan {command} --help'.");
        }
    }
}
