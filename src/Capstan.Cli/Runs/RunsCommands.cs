using System.CommandLine;
using Capstan.Cli.Client;

namespace Capstan.Cli.Runs;

/// <summary>The group <c>capstan runs</c>.</summary>
internal static class RunsCommands
{
    public static Command Create(CommandContext context)
    {
        var repository = new RepositoryOption();
        var group = new Command("runs", "List, show, follow and cancel runs of a repository on the server")
        {
            ListCommand.Create(context, repository),
            ViewCommand.Create(context, repository),
            WatchCommand.Create(context, repository),
            CancelCommand.Create(context, repository),
            LogsCommand.Create(context, repository),
            EventsCommand.Create(context, repository),
        };
        repository.AddTo(group);
        return group;
    }
}
