using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;

namespace Capstan.Cli.Deployments;

/// <summary>The group <c>capstan environment</c>.</summary>
internal static class EnvironmentCommands
{
    public static Command Create(CommandContext context)
    {
        var repository = new RepositoryOption();
        var group = new Command("environment", "See what the jobs of a repository deploy to") { Listing(repository, context) };
        repository.AddTo(group);
        return group;
    }

    /// <param name="path">Of the repository in the API.</param>
    public static async Task<int> ListAsync(string path, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("environment", "first named");
        var environments = await client.AllAsync($"{path}/environments", ContractsJson.Default.EnvironmentPage, cancel);
        foreach (var environment in environments.OrderBy(e => e.Name, StringComparer.OrdinalIgnoreCase))
        {
            table.Add(environment.Name, environment.CreatedAt.ToString("u"));
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    private static Command Listing(RepositoryOption repository, CommandContext context)
    {
        var command = new Command("list", "List the environments that jobs, secrets and variables have named");
        command.SetAction((parsed, cancel) => ListAsync(repository.Path(parsed, context.Settings), context, cancel));
        return command;
    }
}
