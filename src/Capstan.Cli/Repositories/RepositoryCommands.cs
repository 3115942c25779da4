using System.CommandLine;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Repositories;

/// <summary>The group <c>capstan repo</c>.</summary>
internal static class RepositoryCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context) => new("repo", "Make and list repositories") { Creation(context), List(context) };

    public static async Task<int> CreateAsync(RepositoryName repository, CreateRepositoryRequest request, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var created = await client.PostAsync(
            $"v1/orgs/{Uri.EscapeDataString(repository.Owner)}/repos", request, Json.CreateRepositoryRequest, Json.RepositoryResponse, cancel);
        context.Terminal.Line($"Made the {created.Visibility} repository {created.FullName}.");
        context.Terminal.Line(created.CloneUrl);
        return ExitCodes.Good;
    }

    /// <param name="owner">Null: of all organizations.</param>
    public static async Task<int> ListAsync(string? owner, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var list = owner is null ? "v1/repos" : $"v1/orgs/{Uri.EscapeDataString(owner)}/repos";
        var table = new Table("repository", "visibility", "default branch", "you may", "clone");
        for (long? after = 0; after is not null;)
        {
            var page = await client.GetAsync($"{list}?limit={PageLimits.Max}&after={after}", Json.RepositoryPage, cancel);
            foreach (var repository in page.Items)
            {
                table.Add(repository.FullName, repository.Visibility, repository.DefaultBranch, repository.Right, repository.CloneUrl);
            }

            after = page.Next;
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    private static Command Creation(CommandContext context)
    {
        var name = RepositoryName.Argument();
        var visibility = new Option<string?>("--visibility") { Description = "public, internal (every user reads) or private (default)", HelpName = "WHO" };
        var branch = new Option<string?>("--default-branch") { Description = "Name of the default branch (default: main)", HelpName = "BRANCH" };
        var description = new Option<string?>("--description") { Description = "What it is", HelpName = "TEXT" };
        var command = new Command("create", "Make an empty repository; prints the address to push to") { name, visibility, branch, description };
        command.SetAction((parsed, stop) =>
        {
            var repository = parsed.GetRequiredValue(name);
            var request = new CreateRepositoryRequest(repository.Name)
            {
                Visibility = parsed.GetValue(visibility),
                DefaultBranch = parsed.GetValue(branch),
                Description = parsed.GetValue(description),
            };
            return CreateAsync(repository, request, context, stop);
        });
        return command;
    }

    private static Command List(CommandContext context)
    {
        var owner = new Argument<string?>("organization") { Description = "Only this organization's", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", "List the repositories that you may see") { owner };
        command.SetAction((parsed, stop) => ListAsync(parsed.GetValue(owner), context, stop));
        return command;
    }
}
