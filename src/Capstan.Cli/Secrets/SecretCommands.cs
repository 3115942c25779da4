using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Secrets;

/// <summary>The group <c>capstan secret</c>.</summary>
internal static class SecretCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context)
    {
        var owner = new OwnerOption();
        var group = new Command("secret", "Set, list and delete the secrets of a repository or an organization") { Setting(owner, context), Listing(owner, context), Deletion(owner, context) };
        owner.AddTo(group);
        return group;
    }

    /// <param name="path">Of the owner in the API.</param>
    public static async Task<int> SetAsync(string path, string name, string value, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Put, $"{path}/secrets/{Uri.EscapeDataString(name)}", new PutSecretRequest(value), Json.PutSecretRequest, cancel);
        context.Terminal.Error($"{name.ToUpperInvariant()} is set.");
        return ExitCodes.Good;
    }

    public static async Task<int> ListAsync(string path, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("name", "set");
        foreach (var secret in (await client.AllAsync($"{path}/secrets", Json.SecretPage, cancel)).OrderBy(secret => secret.Name, StringComparer.Ordinal))
        {
            table.Add(secret.Name, secret.UpdatedAt.ToString("u"));
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    public static async Task<int> DeleteAsync(string path, string name, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Delete, $"{path}/secrets/{Uri.EscapeDataString(name)}", cancel);
        context.Terminal.Error($"{name.ToUpperInvariant()} is deleted.");
        return ExitCodes.Good;
    }

    private static Command Setting(OwnerOption owner, CommandContext context)
    {
        var (name, value) = (new Argument<string>("name") { Description = "Letters, digits and underscores" }, new ValueOption("Secret"));
        var command = new Command("set", "Make a secret, or give it another value") { name };
        value.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var path = owner.Path(parsed, context.Settings);
            var given = await value.Read(parsed).ReadAsync(context.Terminal, Console.IsInputRedirected ? Console.In : null, cancel);
            return await SetAsync(path, parsed.GetRequiredValue(name), given, context, cancel);
        });
        return command;
    }

    private static Command Listing(OwnerOption owner, CommandContext context)
    {
        var command = new Command("list", "List the names of the secrets; nobody gets the values back");
        command.SetAction((parsed, cancel) => ListAsync(owner.Path(parsed, context.Settings), context, cancel));
        return command;
    }

    private static Command Deletion(OwnerOption owner, CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "Its name in the list" };
        var command = new Command("delete", "Delete a secret; jobs that have started keep it") { name };
        command.SetAction((parsed, cancel) => DeleteAsync(owner.Path(parsed, context.Settings), parsed.GetRequiredValue(name), context, cancel));
        return command;
    }
}
