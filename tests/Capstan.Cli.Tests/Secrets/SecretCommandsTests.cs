using System.Text;
using Capstan.Cli.Client;
using Capstan.Cli.Deployments;
using Capstan.Cli.Identity;
using Capstan.Cli.Organizations;
using Capstan.Cli.Repositories;
using Capstan.Cli.Secrets;
using Capstan.Cli.Terminals;
using Capstan.Contracts.V1;
using Capstan.Server;
using Capstan.Server.Administration;
using Capstan.Server.Data;
using Capstan.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Capstan.Cli.Tests.Secrets;

/// <summary>The commands of secrets and variables against a whole server.</summary>
public sealed class SecretCommandsTests : IAsyncLifetime
{
    private const string Organization = "v1/orgs/acme";
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
        await server.Services.GetRequiredService<FirstAdministrator>().EnsureAsync("admin", "the right password", default);
        var login = new LoginCommand.Options(server.Url, "admin", WithToken: false);
        await LoginCommand.RunAsync(login, Context(), Prompt.From(Terminal(), new StringReader("the right password")), Variable, default);
        await OrganizationCommands.CreateAsync(new CreateOrganizationRequest("acme"), Context(), default);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_secret_is_set_listed_without_its_value_and_deleted()
    {
        Assert.Equal(ExitCodes.Good, await SecretCommands.Group.SetAsync(Organization, "deploy_key", "the value", Context(), default));
        Assert.Equal(ExitCodes.Good, await SecretCommands.Group.ListAsync(Organization, Context(), default));
        Assert.Contains("DEPLOY_KEY\t", Text(output), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Good, await SecretCommands.Group.DeleteAsync(Organization, "deploy_key", Context(), default));
        var refused = await Assert.ThrowsAsync<CommandException>(() => SecretCommands.Group.DeleteAsync(Organization, "deploy_key", Context(), default));
        Assert.Equal(ExitCodes.Bad, refused.ExitCode);
        Assert.DoesNotContain("the value", Text(output) + Text(messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_and_a_variable_of_an_environment_make_it_and_it_is_listed()
    {
        const string Repository = "v1/repos/acme/web";
        await RepositoryCommands.CreateAsync(new RepositoryName("acme", "web"), new CreateRepositoryRequest("web"), Context(), default);
        Assert.Equal(ExitCodes.Good, await SecretCommands.Group.SetAsync(Repository + "/environments/live", "key", "the value", Context(), default));
        Assert.Equal(ExitCodes.Good, await VariableCommands.Group.SetAsync(Repository + "/environments/LIVE", "region", "north", Context(), default));
        Assert.Equal(ExitCodes.Good, await SecretCommands.Group.ListAsync(Repository + "/environments/Live", Context(), default));
        Assert.Equal(ExitCodes.Good, await EnvironmentCommands.ListAsync(Repository, Context(), default));
        Assert.Contains("KEY\t", Text(output), StringComparison.Ordinal);
        Assert.Contains("live\t", Text(output), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<CommandException>(() => SecretCommands.Group.ListAsync(Repository + "/environments/test", Context(), default));
        Assert.Equal((ExitCodes.Bad, "There is no such environment."), (refused.ExitCode, refused.Message.Split('\n')[0]));
    }

    [Fact]
    public async Task Variables_are_listed_with_their_values_by_name_however_many_there_are()
    {
        for (var n = PageLimits.Max + 1; n > 0; n--)
            await VariableCommands.Group.SetAsync(Organization, $"v{n:000}", $"value {n}", Context(), default);
        Assert.Equal(ExitCodes.Good, await VariableCommands.Group.ListAsync(Organization, Context(), default));
        var lines = Text(output).Split('\n').Where(line => line.StartsWith('V')).ToList();
        Assert.Equal(PageLimits.Max + 1, lines.Count);
        Assert.StartsWith("V001\tvalue 1\t", lines[0], StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Good, await VariableCommands.Group.DeleteAsync(Organization, "V001", Context(), default));
    }

    [Fact]
    public async Task All_that_is_wrong_is_told()
    {
        var refused = await Assert.ThrowsAsync<CommandException>(() => SecretCommands.Group.SetAsync(Organization, "9 lives", "", Context(), default));
        Assert.Equal(ExitCodes.Bad, refused.ExitCode);
        Assert.Contains("name:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("value:", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token\n", "token")]
    [InlineData("token\r\n", "token")]
    [InlineData("two\nlines\n\n", "two\nlines\n")]
    [InlineData("bare", "bare")]
    public async Task A_value_from_standard_input_loses_its_last_line_end(string piped, string value) =>
        Assert.Equal(value, await new ValueOption.Source("Secret", Text: null, File: null).ReadAsync(Terminal(), new StringReader(piped), default));

    [Fact]
    public async Task A_value_from_a_file_is_taken_as_it_is_and_a_missing_file_is_the_callers_mistake()
    {
        await File.WriteAllTextAsync(folder["key.pem"], "line\n");
        Assert.Equal("line\n", await new ValueOption.Source("Secret", Text: null, folder["key.pem"]).ReadAsync(Terminal(), piped: null, default));
        var refused = await Assert.ThrowsAsync<CommandException>(() => new ValueOption.Source("Secret", Text: null, folder["none"]).ReadAsync(Terminal(), piped: null, default));
        Assert.Equal(ExitCodes.Usage, refused.ExitCode);
    }

    private CommandContext Context() => new(Terminal(), TimeProvider.System, ServerSettings.Load(Variable));

    private Terminal Terminal() => new(output, messages, interactive: false, colour: false);

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());

    private string? Variable(string name) => name == "XDG_CONFIG_HOME" ? folder.Path : null;
}
