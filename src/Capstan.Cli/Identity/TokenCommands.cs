using System.CommandLine;
using System.Globalization;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Identity;

/// <summary>The group <c>capstan token</c>: one's own access tokens.</summary>
internal static class TokenCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context) => new("token", "Make, list and revoke your access tokens") { Creation(context), List(context), Revocation(context) };

    public static async Task<int> CreateAsync(CreateTokenRequest request, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var created = await client.PostAsync("v1/tokens", request, Json.CreateTokenRequest, Json.CreateTokenResponse, cancel);
        context.Terminal.Error($"Made token {created.Id}, shown only now:");
        context.Terminal.Line(created.Token);
        return ExitCodes.Good;
    }

    public static async Task<int> ListAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("id", "name", "scopes", "created", "last used", "expires");
        for (long? after = 0; after is not null;)
        {
            var page = await client.GetAsync($"v1/tokens?limit={PageLimits.Max}&after={after}", Json.TokenPage, cancel);
            foreach (var token in page.Items)
            {
                table.Add(token.Id.ToString(CultureInfo.InvariantCulture), token.Name, string.Join(' ', token.Scopes), Day(token.CreatedAt), Day(token.LastUsedAt), Day(token.ExpiresAt));
            }

            after = page.Next;
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    public static async Task<int> RevokeAsync(long id, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        await client.SendAsync(HttpMethod.Delete, $"v1/tokens/{id}", cancel);
        context.Terminal.Error($"Token {id} is revoked.");
        return ExitCodes.Good;
    }

    private static Command Creation(CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "What it is for" };
        var scopes = new Option<string[]>("--scope") { Description = "read, write or admin, repeatable (default: read and write)", HelpName = "SCOPE" };
        var days = new Option<int?>("--expires-in-days") { Description = "Life in days (default: until it is revoked)", HelpName = "N" };
        var command = new Command("create", "Make a token and print it, once") { name, scopes, days };
        command.SetAction((parsed, stop) => CreateAsync(
            new CreateTokenRequest(parsed.GetRequiredValue(name), parsed.GetValue(scopes) is { Length: > 0 } given ? given : null, parsed.GetValue(days)), context, stop));
        return command;
    }

    private static Command List(CommandContext context)
    {
        var command = new Command("list", "List your tokens that are not revoked");
        command.SetAction((_, stop) => ListAsync(context, stop));
        return command;
    }

    private static Command Revocation(CommandContext context)
    {
        var id = new Argument<long>("id") { Description = "Its number in the list" };
        var command = new Command("revoke", "End a token at once") { id };
        command.SetAction((parsed, stop) => RevokeAsync(parsed.GetRequiredValue(id), context, stop));
        return command;
    }

    private static string Day(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "never";
}
