using System.Text;
using Capstan.Cli.Client;
using Capstan.Cli.Identity;
using Capstan.Cli.Organizations;
using Capstan.Cli.Terminals;
using Capstan.Contracts.V1;
using Capstan.Server;
using Capstan.Server.Administration;
using Capstan.Server.Data;
using Capstan.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Capstan.Cli.Tests.Identity;

/// <summary>The client commands of users, tokens and organizations against a whole server.</summary>
public sealed class SignedInCommandsTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly MemoryStream output = new();
    private readonly MemoryStream messages = new();
    private TestDatabase database = null!;
    private CapstanServer server = null!;

    public async ValueTask InitializeAsync()
    {
        database = await PostgreSqlServer.CreateDatabaseAsync("server", async connectionString =>
        {
            await using var fresh = new Database(connectionString);
            await Migrator.ApplyAsync(fresh, TimeProvider.System);
        });
        server = await CapstanServer.StartAsync(new ServerOptions
        {
            Urls = ["http://127.0.0.1:0"], DataFolder = folder["data"], DatabaseConnection = database.ConnectionString, RunBackgroundLoops = false,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task The_first_administrator_signs_in_chooses_a_password_and_makes_others()
    {
        var first = await server.Services.GetRequiredService<FirstAdministrator>().EnsureAsync("admin", password: null, default);
        Assert.Equal(ExitCodes.Good, await LoginAsync("admin", first.OneTimePassword!, "my own password"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Path, "capstan", "login.json")));
        Assert.DoesNotContain("password", await File.ReadAllTextAsync(Path.Combine(folder.Path, "capstan", "login.json")), StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Good, await UserCommands.CreateAsync(new CreateUserRequest("ada"), Context(), default));
        var oneTime = Output().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Equal(ExitCodes.Good, await LoginAsync("ada", oneTime, "difference engine"));

        Assert.Equal(ExitCodes.Good, await UserCommands.ChangePasswordAsync(null, ask: false, Context(), Answers("difference engine", "analytical engine"), default));
        Assert.Equal(ExitCodes.Good, await LoginAsync("ada", "analytical engine"));
        var refused = await Assert.ThrowsAsync<CommandException>(() => UserCommands.CreateAsync(new CreateUserRequest("bob"), Context(), default));
        Assert.Equal(ExitCodes.Bad, refused.ExitCode);
    }

    [Fact]
    public async Task A_wrong_password_stores_nothing()
    {
        await server.Services.GetRequiredService<FirstAdministrator>().EnsureAsync("admin", "the right password", default);
        var refused = await Assert.ThrowsAsync<CommandException>(() => LoginAsync("admin", "the wrong password"));
        Assert.Equal(ExitCodes.Bad, refused.ExitCode);
        Assert.Null(ServerSettings.Load(Variable).Token);
    }

    [Fact]
    public async Task A_token_is_made_listed_used_to_sign_in_and_revoked()
    {
        await SignInAsync();
        Assert.Equal(ExitCodes.Good, await TokenCommands.CreateAsync(new CreateTokenRequest("deploys", ["read"]), Context(), default));
        var token = Output().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("cap_", token, StringComparison.Ordinal);

        await TokenCommands.ListAsync(Context(), default);
        var line = Output().Split('\n').Single(text => text.Contains("deploys", StringComparison.Ordinal));
        Assert.DoesNotContain(token, line, StringComparison.Ordinal);

        var login = new LoginCommand.Options(server.Url, Username: null, WithToken: true);
        Assert.Equal(ExitCodes.Good, await LoginCommand.RunAsync(login, Context(), Answers(token), Variable, default));
        Assert.Equal("admin", ServerSettings.Load(Variable).Username);
        await SignInAsync();
        Assert.Equal(ExitCodes.Good, await TokenCommands.RevokeAsync(long.Parse(line.Split('\t')[0]), Context(), default));
        await Assert.ThrowsAsync<CommandException>(() => LoginCommand.RunAsync(login, Context(), Answers(token), Variable, default));
    }

    [Fact]
    public async Task An_organization_is_made_and_its_members_are_changed()
    {
        await SignInAsync();
        Assert.Equal(ExitCodes.Good, await OrganizationCommands.CreateAsync(new CreateOrganizationRequest("acme"), Context(), default));
        await UserCommands.CreateAsync(new CreateUserRequest("ada"), Context(), default);
        Assert.Equal(ExitCodes.Good, await OrganizationCommands.SetMemberAsync("acme", "ada", "developer", Context(), default));
        await OrganizationCommands.ListMembersAsync("acme", Context(), default);
        await OrganizationCommands.ListAsync(Context(), default);
        Assert.Contains("ada\tdeveloper", Output(), StringComparison.Ordinal);
        Assert.Contains("acme\tacme\town", Output(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Good, await OrganizationCommands.SetMemberAsync("acme", "ada", role: null, Context(), default));
        var taken = await Assert.ThrowsAsync<CommandException>(() => OrganizationCommands.CreateAsync(new CreateOrganizationRequest("ACME"), Context(), default));
        Assert.Contains("taken", taken.Message, StringComparison.Ordinal);
    }

    private async Task SignInAsync()
    {
        await server.Services.GetRequiredService<FirstAdministrator>().EnsureAsync("admin", "the right password", default);
        await LoginAsync("admin", "the right password");
    }

    private Task<int> LoginAsync(string username, params string[] answers) =>
        LoginCommand.RunAsync(new LoginCommand.Options(server.Url, username, WithToken: false), Context(), Answers(answers), Variable, default);

    private CommandContext Context() => new(Terminal(), TimeProvider.System, ServerSettings.Load(Variable));

    private Terminal Terminal() => new(output, messages, interactive: false, colour: false);

    private Prompt Answers(params string[] answers) => Prompt.From(Terminal(), new StringReader(string.Join('\n', answers)));

    private string Output() => Encoding.UTF8.GetString(output.ToArray());

    private string? Variable(string name) => name == "XDG_CONFIG_HOME" ? folder.Path : null;
}
