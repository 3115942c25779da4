using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Contracts;
using Capstan.Runner.Agent;

namespace Capstan.Cli.Runners;

/// <summary><c>capstan runner register</c>: makes this machine a runner of a server.</summary>
internal static class RegisterCommand
{
    public static Command Create(CommandContext context)
    {
        var url = new Argument<string?>("URL") { Description = "The server (default: the one that you are signed in to)", Arity = ArgumentArity.ZeroOrOne };
        var token = new Option<string>("--token") { Description = "From 'capstan runner token'", HelpName = "TOKEN", Required = true };
        var name = new Option<string?>("--name") { Description = "As it is listed (default: this machine's name)", HelpName = "NAME" };
        var labels = new Option<string[]>("--labels") { Description = "What runs-on asks for besides self-hosted, linux and the architecture; repeatable, or with commas (default: ubuntu-latest)", HelpName = "LABELS" };
        var slots = new Option<int>("--slots") { Description = "Jobs at once (default: 1)", HelpName = "N", DefaultValueFactory = _ => 1 };
        var folder = new Option<string?>("--folder") { Description = "Where it keeps its credential and workspaces (default: in your home)", HelpName = "DIR" };
        var command = new Command("register", "Make this machine a runner of a server") { url, token, name, labels, slots, folder };
        command.SetAction((parsed, cancel) => RunAsync(
            new Options(
                ServerSettings.Normal(parsed.GetValue(url)) ?? context.Settings.Url ?? throw CommandException.Usage("Name the server: capstan runner register URL --token TOKEN."),
                parsed.GetValue(token)!,
                parsed.GetValue(name) ?? Environment.MachineName,
                LabelsOf(parsed.GetValue(labels) ?? []),
                parsed.GetValue(slots),
                RunnerFolder.Of(parsed.GetValue(folder), Environment.GetEnvironmentVariable)),
            context,
            cancel));
        return command;
    }

    public sealed record Options(string Url, string Token, string Name, IReadOnlyList<string> Labels, int Slots, RunnerFolder Folder);

    /// <param name="given">Labels, or lists of them with commas.</param>
    /// <returns>Those, or what a runner without any has: else no workflow written for GitHub would find it.</returns>
    internal static IReadOnlyList<string> LabelsOf(IEnumerable<string> given)
    {
        var labels = given.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToList();
        return labels.Count > 0 ? labels : RunnerRegistration.DefaultLabels;
    }

    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken cancel)
    {
        var file = options.Folder.RegistrationFile;
        if (File.Exists(file))
        {
            throw new CommandException(ExitCodes.Bad, $"{file} holds a registration already. Choose another --folder, or remove that file first (and the runner, with 'capstan runner remove').");
        }

        Directory.CreateDirectory(options.Folder.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        switch (await RegisterRunner.RegisterAsync(options.Url, options.Token, options.Name, options.Labels, options.Slots, file, cancel))
        {
            case RegisterResult.Registered { Registration: var registration }:
                context.Terminal.Error($"Registered as {registration.Name}. Take jobs with 'capstan runner start{(options.Slots > 1 ? $" --slots {options.Slots}" : "")}'.");
                return ExitCodes.Good;
            case RegisterResult.Refused { Code: ErrorCodes.DatabaseUnavailable, Message: var outage }:
                throw CommandException.Environment(outage);
            case RegisterResult.Refused refused:
                throw new CommandException(ExitCodes.Bad, refused.Message);
            case RegisterResult.Unreachable unreachable:
                throw CommandException.Environment(unreachable.Message);
            default:
                throw new InvalidOperationException("A registration has one of three results.");
        }
    }
}
