using System.CommandLine;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runners;

/// <summary><c>capstan runner token</c>: a token that registers one runner.</summary>
internal static class TokenCommand
{
    public static Command Create(CommandContext context)
    {
        var scope = new ScopeOptions();
        var expires = new Option<int?>("--expires-in") { Description = "Seconds it is good for (default: an hour)", HelpName = "N" };
        var command = new Command("token", "Make a token that registers one runner; it is printed alone") { expires };
        scope.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var (owner, repository) = scope.Read(parsed);
            return RunAsync(new CreateRunnerTokenRequest(owner, repository, parsed.GetValue(expires)), context, cancel);
        });
        return command;
    }

    public static async Task<int> RunAsync(CreateRunnerTokenRequest request, CommandContext context, CancellationToken cancel)
    {
        using var client = context.Connect();
        var token = await client.PostAsync("v1/runners/tokens", request, ContractsJson.Default.CreateRunnerTokenRequest, ContractsJson.Default.RunnerTokenResponse, cancel);
        context.Terminal.Line(token.Token);
        if (context.Terminal.IsInteractive)
        {
            context.Terminal.Error($"Registers one runner ({token.Scope}) until {token.ExpiresAt:yyyy-MM-dd HH:mm} UTC:\n  capstan runner register {client.Url} --token {token.Token}");
        }

        return ExitCodes.Good;
    }
}
