using System.CommandLine;
using Capstan.Runner.Actions;
using Capstan.Runner.Agent;
using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;

namespace Capstan.Cli.Runners;

/// <summary><c>capstan runner start</c>: takes jobs from the server that this runner is registered with, until it is asked to stop.</summary>
internal static class StartCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Option<string?>("--folder") { Description = "Registration, workspaces and tool cache of this runner (default: in your home)", HelpName = "DIR" };
        var slots = new Option<int>("--slots") { Description = "Jobs at once (default: 1)", HelpName = "N", DefaultValueFactory = _ => 1 };
        var actions = new Option<string?>("--actions-dir") { Description = "Remote actions are taken from DIR/<owner>/<repository>[/<path>]", HelpName = "DIR" };
        var command = new Command("start", "Take jobs and run them; Ctrl-C lets the running ones end, a second one cancels them") { folder, slots, actions };
        command.SetAction(async (parsed, stop) =>
        {
            var where = RunnerFolder.Of(parsed.GetValue(folder), Environment.GetEnvironmentVariable);
            var actionsFolder = parsed.GetValue(actions) is { } given ? Path.GetFullPath(given) : null;
            return await RunAsync(new Options(where, parsed.GetValue(slots), actionsFolder, Environment.IsPrivilegedProcess), context, stop);
        });
        return command;
    }

    /// <param name="AsRoot">Whether this process may do everything on the machine, and so each job.</param>
    public sealed record Options(RunnerFolder Folder, int Slots, string? ActionsFolder, bool AsRoot);

    /// <param name="stop">No new jobs from now on; running ones may finish, and <see cref="CommandContext.AtOnce"/> cancels them.</param>
    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken stop)
    {
        if (options.Slots < 1)
        {
            throw CommandException.Usage("--slots is at least 1.");
        }

        if (options.AsRoot)
        {
            context.Terminal.Error(
                "Warning: jobs run as root here and can change everything on this machine. "
                + "Start the runner as a user of its own (SECURITY.md), or let 'capstan up' do so.");
        }

        var end = await RunnerAgent.RunAsync(
            new RunnerAgentSettings
            {
                RegistrationFile = options.Folder.RegistrationFile,
                WorkFolder = options.Folder.WorkFolder,
                Slots = options.Slots,
                Actions = new ActionSettings
                {
                    Folder = options.ActionsFolder,
                    Node = Environment.GetEnvironmentVariable(ActionSettings.NodeVariable),
                    BuiltIn = ActionSettings.BuiltInOf(Environment.GetEnvironmentVariable(ActionSettings.BuiltInVariable)),
                },
                Machine = MachineSettings.From(Environment.GetEnvironmentVariable),
                BaseEnvironment = BaseEnvironment.FromThisProcess(),
                Clock = context.Clock,
                Report = context.Terminal.Error,
                CancelJobs = context.AtOnce,
            },
            stop);
        return end switch
        {
            RunnerAgentEnd.Drained => ExitCodes.Good,
            RunnerAgentEnd.NoRegistration => throw CommandException.Environment(
                $"There is no registration in {options.Folder.RegistrationFile}. Get a token with 'capstan runner token', then type 'capstan runner register'."),
            RunnerAgentEnd.FolderInUse => throw CommandException.Environment(
                $"Another runner works in {options.Folder.Root}. Let it end first, or name another folder with --folder."),
            RunnerAgentEnd.NotRegistered => throw CommandException.Environment(
                $"The server does not know this runner any more. Remove {options.Folder.RegistrationFile} and register it again."),
            RunnerAgentEnd.VersionUnsupported => throw CommandException.Environment(
                $"The server no longer speaks with runners of version {ProgramVersion.Text}. Install the server's version here; the registration is kept."),
            _ => throw new InvalidOperationException($"The agent ended in an unknown way: {end}."),
        };
    }
}
