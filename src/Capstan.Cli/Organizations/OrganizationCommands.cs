using System.CommandLine;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Organizations;

/// <summary>The group <c>capstan org</c>.</summary>
internal static class OrganizationCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context) =>
        new("org", "Make and list organizations, which own repositories, and say who belongs to them") { Creation(context), List(context), Members(context) };

    public static async Task<int> CreateAsync(CreateOrganizationRequest request, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var created = await client.PostAsync("v1/orgs", request, Json.CreateOrganizationRequest, Json.OrganizationResponse, cancel);
        context.Terminal.Line($"Made the organization {created.Path}.");
        return ExitCodes.Good;
    }

    public static async Task<int> ListAsync(CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("path", "name", "you may");
        for (long? after = 0; after is not null;)
        {
            var page = await client.GetAsync($"v1/orgs?limit={PageLimits.Max}&after={after}", Json.OrganizationPage, cancel);
            foreach (var organization in page.Items)
            {
                table.Add(organization.Path, organization.Name, organization.Right);
            }

            after = page.Next;
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    public static async Task<int> ListMembersAsync(string path, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var table = new Table("user", "role");
        for (long? after = 0; after is not null;)
        {
            var page = await client.GetAsync($"{Address(path)}/members?limit={PageLimits.Max}&after={after}", Json.OrganizationMemberPage, cancel);
            foreach (var member in page.Items)
            {
                table.Add(member.Username, member.Role);
            }

            after = page.Next;
        }

        table.Write(context.Terminal);
        return ExitCodes.Good;
    }

    /// <param name="role">Null: the member is taken out.</param>
    public static async Task<int> SetMemberAsync(string path, string username, string? role, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var member = $"{Address(path)}/members/{Uri.EscapeDataString(username)}";
        if (role is null)
        {
            await client.SendAsync(HttpMethod.Delete, member, cancel);
            context.Terminal.Line($"{username} is no member of {path} any more.");
        }
        else
        {
            await client.SendAsync(HttpMethod.Put, member, new SetMemberRequest(role), Json.SetMemberRequest, cancel);
            context.Terminal.Line($"{username} is {role} of {path}.");
        }

        return ExitCodes.Good;
    }

    private static Command Creation(CommandContext context)
    {
        var path = Path();
        var name = new Option<string?>("--name") { Description = "Name for people (default: the path)", HelpName = "NAME" };
        var description = new Option<string?>("--description") { Description = "What it is", HelpName = "TEXT" };
        var command = new Command("create", "Make an organization; you become its owner") { path, name, description };
        command.SetAction((parsed, stop) => CreateAsync(new CreateOrganizationRequest(parsed.GetRequiredValue(path), parsed.GetValue(name), parsed.GetValue(description)), context, stop));
        return command;
    }

    private static Command List(CommandContext context)
    {
        var command = new Command("list", "List the organizations that you may see");
        command.SetAction((_, stop) => ListAsync(context, stop));
        return command;
    }

    private static Command Members(CommandContext context)
    {
        var (listPath, setPath, removePath) = (Path(), Path(), Path());
        var list = new Command("list", "List the members and their roles") { listPath };
        list.SetAction((parsed, stop) => ListMembersAsync(parsed.GetRequiredValue(listPath), context, stop));

        var (setUser, role) = (User(), new Argument<string>("role") { Description = "owner, maintainer, developer or guest" });
        var set = new Command("set", "Add a member, or change the role") { setPath, setUser, role };
        set.SetAction((parsed, stop) => SetMemberAsync(parsed.GetRequiredValue(setPath), parsed.GetRequiredValue(setUser), parsed.GetRequiredValue(role), context, stop));

        var removeUser = User();
        var remove = new Command("remove", "Take a member out") { removePath, removeUser };
        remove.SetAction((parsed, stop) => SetMemberAsync(parsed.GetRequiredValue(removePath), parsed.GetRequiredValue(removeUser), role: null, context, stop));
        return new Command("member", "Say who belongs to an organization") { list, set, remove };
    }

    private static Argument<string> Path() => new("path") { Description = "The organization's name in addresses" };

    private static Argument<string> User() => new("user") { Description = "User name" };

    private static string Address(string path) => $"v1/orgs/{Uri.EscapeDataString(path)}";
}
