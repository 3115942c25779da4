using System.CommandLine;

namespace Capstan.Cli.Runners;

/// <summary>The group <c>capstan runner</c>.</summary>
internal static class RunnerCommands
{
    public static Command Create(CommandContext context) => new("runner", "Register this machine as a runner, take jobs, and manage all runners of a server")
    {
        TokenCommand.Create(context),
        RegisterCommand.Create(context),
        StartCommand.Create(context),
        ListCommand.Create(context),
        ChangeCommands.CreatePause(context),
        ChangeCommands.CreateResume(context),
        ChangeCommands.CreateRemove(context),
        ChangeCommands.CreateAssign(context),
    };
}
