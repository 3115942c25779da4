using System.CommandLine;
using System.CommandLine.Help;
using Capstan.Cli.Terminals;

namespace Capstan.Cli;

/// <summary>
/// The table of contents of the command line: a line a command or group, each of which lives in a folder of its own, a file a command. A group's class builds
/// its <see cref="Command"/>; a command's class has an options record and a run function that tests call directly.
/// </summary>
internal static class CommandTree
{
    public static async Task<int> RunAsync(string[] arguments, CommandContext context, CancellationToken cancel)
    {
        var root = Build(context);
        var parsed = root.Parse(arguments.Length == 0 ? ["--help"] : arguments);
        var output = new TerminalWriter(context.Terminal);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            foreach (var error in parsed.Errors)
            {
                context.Terminal.Error(error.Message);
            }

            context.Terminal.Error($"See '{Path(parsed.CommandResult.Command)} --help'.");
            return ExitCodes.Usage;
        }

        var configuration = new InvocationConfiguration { Output = output, Error = output, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return await parsed.InvokeAsync(configuration, cancel);
    }

    private static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand("Capstan hosts git repositories and runs their GitHub Actions workflows, on this machine or on runners of your own.")
        {
            Serving.UpCommand.Create(context),
            Serving.ServerCommand.Create(context),
            Runners.RunnerCommands.Create(context),
            Identity.LoginCommand.Create(context),
            Identity.UserCommands.Create(context),
            Identity.TokenCommands.Create(context),
            Organizations.OrganizationCommands.Create(context),
            Runs.RunsCommands.Create(context),
            new Command("workflow", "Look into workflow files, and start workflows on the server") { Runs.DispatchCommand.Create(context) },
            Repositories.RepositoryCommands.Create(context),
            Repositories.BranchCommands.Create(context),
            Artifacts.ArtifactCommands.Create(context),
            Deployments.EnvironmentCommands.Create(context),
            Secrets.SecretCommands.Group.Create(context),
            Secrets.VariableCommands.Group.Create(context),
        };
        AddHotCommands(root);
        return root;
    }

    /// <summary>They were dispatched before; here they are listed for the help, below the groups that they share with other commands.</summary>
    private static void AddHotCommands(RootCommand root)
    {
        foreach (var hot in HotCommands.All)
        {
            var words = hot.Path.Split(' ');
            Command parent = root;
            foreach (var word in words[..^1])
            {
                parent = parent.Subcommands.FirstOrDefault(c => c.Name == word) ?? AddGroup(parent, word);
            }

            parent.Add(new Command(words[^1], hot.Summary));
        }
    }

    /// <summary>A group that holds only hot commands.</summary>
    private static Command AddGroup(Command parent, string word)
    {
        var group = new Command(word, $"Commands about a {word}");
        parent.Add(group);
        return group;
    }

    private static string Path(Command command)
    {
        var names = new List<string>();
        for (var current = command; current is not null; current = current.Parents.OfType<Command>().FirstOrDefault())
        {
            names.Insert(0, current is RootCommand ? "capstan" : current.Name);
        }

        return string.Join(' ', names);
    }
}
