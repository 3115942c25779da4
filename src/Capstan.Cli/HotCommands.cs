using Capstan.Cli.Terminals;
using Capstan.Workflows;

namespace Capstan.Cli;

/// <summary>
/// The commands that people and scripts call many times a minute: found by name, before the general parser is loaded (which costs more than they do). Each
/// reads its own arguments with <see cref="ArgumentReader"/> and brings its own help text.
/// </summary>
/// <param name="Path">The words that name it, for example <c>workflow show</c>.</param>
/// <param name="Summary">Its line in the list of commands.</param>
/// <param name="Run">Given the arguments after the name; answers the exit code. Its thread is the program's first, which has nothing else to do.</param>
internal sealed record HotCommand(string Path, string Summary, string Help, Func<IReadOnlyList<string>, Terminal, int> Run);

internal static class HotCommands
{
    /// <summary>A command a line, in the order of the help. Each is made when it is come to.</summary>
    public static IEnumerable<HotCommand> All
    {
        get
        {
            yield return LocalRuns.RunCommand.Command;
            yield return Plans.PlanCommand.Command;
            yield return Language.EvalCommand.Command;
            yield return Language.Lint.LintCommand.Command;
            yield return Language.WorkflowShow.Command;
            yield return Language.WorkflowMatrixCommand.Command;
            yield return Language.WorkflowTriggersCommand.Command;
        }
    }

    /// <summary>The command that the arguments name; null when it is not one of these.</summary>
    /// <param name="rest">The arguments after its name.</param>
    public static HotCommand? Find(string[] arguments, out string[] rest)
    {
        foreach (var command in All)
        {
            var words = TextParts.Of(command.Path, ' ');
            if (arguments.Length >= words.Length && arguments.AsSpan(0, words.Length).SequenceEqual(words))
            {
                rest = arguments[words.Length..];
                return command;
            }
        }

        rest = arguments;
        return null;
    }
}
