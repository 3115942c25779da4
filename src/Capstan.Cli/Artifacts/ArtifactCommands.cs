using System.CommandLine;
using System.Globalization;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;

namespace Capstan.Cli.Artifacts;

/// <summary>The group <c>capstan artifact</c>.</summary>
internal static class ArtifactCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context)
    {
        var repository = new RepositoryOption();
        var group = new Command("artifact", "List, download and delete what the jobs of a run have left behind")
        {
            Listing(repository, context), DownloadCommand.Create(repository, context), Deletion(repository, context),
        };
        repository.AddTo(group);
        return group;
    }

    /// <param name="repository">Its path in the API.</param>
    public static async Task<int> ListAsync(string repository, long run, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("id", "name", "type", "bytes", "made", "kept until");
        foreach (var artifact in await client.AllAsync($"{repository}/runs/{run}/artifacts", Json.ArtifactPage, cancel))
        {
            table.Add(
                artifact.Id.ToString(CultureInfo.InvariantCulture),
                artifact.Name,
                artifact.ArtifactType,
                artifact.SizeBytes.ToString(CultureInfo.InvariantCulture),
                artifact.CreatedAt.ToString("u"),
                artifact.Expired ? "gone" : artifact.ExpiresAt.ToString("u"));
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    public static async Task<int> DeleteAsync(string repository, long id, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Delete, $"{repository}/artifacts/{id}", cancel);
        context.Terminal.Error($"Artifact {id} is deleted.");
        return ExitCodes.Good;
    }

    private static Command Listing(RepositoryOption repository, CommandContext context)
    {
        var run = new Argument<long>("RUN") { Description = "Its id" };
        var command = new Command("list", "List a run's artifacts, those that are gone included") { run };
        command.SetAction((parsed, cancel) => ListAsync(repository.Path(parsed, context.Settings), parsed.GetRequiredValue(run), context, cancel));
        return command;
    }

    private static Command Deletion(RepositoryOption repository, CommandContext context)
    {
        var id = new Argument<long>("ID") { Description = "The artifact's number in the list" };
        var command = new Command("delete", "Delete an artifact") { id };
        command.SetAction((parsed, cancel) => DeleteAsync(repository.Path(parsed, context.Settings), parsed.GetRequiredValue(id), context, cancel));
        return command;
    }
}
