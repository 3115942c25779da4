using System.CommandLine;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Identity;

/// <summary>The group <c>capstan user</c>.</summary>
internal static class UserCommands
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public static Command Create(CommandContext context) => new("user", "Make users and change passwords") { Creation(context), Password(context) };

    public static async Task<int> CreateAsync(CreateUserRequest request, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var created = await client.PostAsync("v1/users", request, Json.CreateUserRequest, Json.CreateUserResponse, cancel);
        context.Terminal.Error($"Made the {(created.User.IsAdmin ? "administrator" : "user")} {created.User.Username}.");
        ShowOneTime(created.OneTimePassword, context.Terminal);
        return ExitCodes.Good;
    }

    /// <param name="username">Null: one's own password, for which the present one is asked.</param>
    /// <param name="ask">Ask for the other user's new password instead of having one made for one sign-in.</param>
    public static async Task<int> ChangePasswordAsync(string? username, bool ask, CommandContext context, Prompt prompt, CancellationToken cancel)
    {
        using var client = context.Connect();
        if (username is null)
        {
            var current = prompt.Secret("Current password");
            await client.SendAsync(HttpMethod.Put, "v1/user/password", new ChangePasswordRequest(current, prompt.Secret("New password")), Json.ChangePasswordRequest, cancel);
            context.Terminal.Error("Your password is changed, and your other sessions are ended.");
            return ExitCodes.Good;
        }

        var request = new ResetPasswordRequest(ask ? prompt.Secret("New password") : null);
        var reset = await client.PutAsync($"v1/users/{Uri.EscapeDataString(username)}/password", request, Json.ResetPasswordRequest, Json.ResetPasswordResponse, cancel);
        context.Terminal.Error($"The password of {username} is changed for one sign-in, and their sessions are ended.");
        ShowOneTime(reset.OneTimePassword, context.Terminal);
        return ExitCodes.Good;
    }

    private static Command Creation(CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "User name, unique among users and organizations" };
        var email = new Option<string?>("--email") { Description = "Email address", HelpName = "ADDRESS" };
        var admin = new Option<bool>("--admin") { Description = "May do everything on this server" };
        var ask = new Option<bool>("--set-password") { Description = "Ask for a password (or read it from standard input) instead of making one for one sign-in" };
        var command = new Command("create", "Make a user (administrators); prints a one-time password") { name, email, admin, ask };
        command.SetAction((parsed, stop) =>
        {
            var password = parsed.GetValue(ask) ? Prompt.Open(context.Terminal).Secret("Password") : null;
            return CreateAsync(new CreateUserRequest(parsed.GetRequiredValue(name), parsed.GetValue(email), password, parsed.GetValue(admin)), context, stop);
        });
        return command;
    }

    private static Command Password(CommandContext context)
    {
        var name = new Argument<string?>("name") { Description = "Another user (administrators); default: yourself", Arity = ArgumentArity.ZeroOrOne };
        var ask = new Option<bool>("--set-password") { Description = "Ask for the other user's password instead of making one for one sign-in" };
        var command = new Command("password", "Change your password, or give another user a new one") { name, ask };
        command.SetAction((parsed, stop) => ChangePasswordAsync(parsed.GetValue(name), parsed.GetValue(ask), context, Prompt.Open(context.Terminal), stop));
        return command;
    }

    // Alone on standard output, so that a script can take it.
    private static void ShowOneTime(string? password, Terminal terminal)
    {
        if (password is null)
        {
            return;
        }

        terminal.Error("One-time password, shown only now:");
        terminal.Line(password);
    }
}
