using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Identity;

/// <summary>
/// <c>capstan login [URL]</c>: signs in with user name and password, and keeps an access token in the user's configuration folder. A one-time password is
/// replaced on the way. The password itself is kept nowhere.
/// </summary>
internal static class LoginCommand
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context)
    {
        var url = new Argument<string?>("url") { Description = "The server's address, for example http://127.0.0.1:8470", Arity = ArgumentArity.ZeroOrOne };
        var user = new Option<string?>("--user", "-u") { Description = "User name (default: asked for)", HelpName = "NAME" };
        var withToken = new Option<bool>("--with-token") { Description = "Read an access token from standard input instead of signing in with a password" };
        var command = new Command("login", "Sign in to a server; asks for what is missing, or reads it from standard input, a line each: user name, password, new password") { url, user, withToken };
        command.SetAction((parsed, stop) => RunAsync(
            new Options(parsed.GetValue(url), parsed.GetValue(user), parsed.GetValue(withToken)), context, Prompt.Open(context.Terminal), Environment.GetEnvironmentVariable, stop));
        return command;
    }

    public sealed record Options(string? Url, string? Username, bool WithToken);

    public static async Task<int> RunAsync(Options options, CommandContext context, Prompt prompt, Func<string, string?> environment, CancellationToken cancel)
    {
        var url = ServerSettings.Normal(options.Url) ?? context.Settings.Url ?? ServerSettings.Normal(prompt.Line("Server"))!;
        var settings = options.WithToken
            ? await WithTokenAsync(url, prompt.Secret("Access token").Trim(), cancel)
            : await WithPasswordAsync(url, options.Username ?? prompt.Line("User name"), prompt, context.Terminal, cancel);
        settings.Save(environment);
        context.Terminal.Line($"Signed in to {url} as {settings.Username}.");
        return ExitCodes.Good;
    }

    private static async Task<ServerSettings> WithTokenAsync(string url, string token, CancellationToken cancel)
    {
        var settings = new ServerSettings(url, token, Username: null);
        using var client = ApiClient.Open(settings);
        var user = await client.GetAsync("v1/user", Json.UserResponse, cancel);
        return settings with { Username = user.Username };
    }

    private static async Task<ServerSettings> WithPasswordAsync(string url, string username, Prompt prompt, Terminal terminal, CancellationToken cancel)
    {
        var password = prompt.Secret("Password");
        using var first = ApiClient.OpenWithPassword(url, username, password);
        var user = await first.GetAsync("v1/user", Json.UserResponse, cancel);
        if (user.MustChangePassword)
        {
            terminal.Error("This password was given for one sign-in: choose your own.");
            var next = prompt.Secret("New password");
            await first.SendAsync(HttpMethod.Put, "v1/user/password", new ChangePasswordRequest(password, next), Json.ChangePasswordRequest, cancel);
            password = next;
        }

        using var client = ApiClient.OpenWithPassword(url, username, password);
        string[] scopes = user.IsAdmin ? ["read", "write", "admin"] : ["read", "write"];
        var request = new CreateTokenRequest($"capstan login on {Environment.MachineName}", scopes);
        var token = await client.PostAsync("v1/tokens", request, Json.CreateTokenRequest, Json.CreateTokenResponse, cancel);
        return new ServerSettings(url, token.Token, user.Username);
    }
}
