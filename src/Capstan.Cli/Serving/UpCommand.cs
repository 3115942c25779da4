using System.CommandLine;
using Capstan.Cli.Runners;
using Capstan.Cli.Terminals;
using Capstan.Runner.Agent;
using Capstan.Server;
using Capstan.Server.Administration;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Runners;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Registration = Capstan.Runner.Agent.RunnerRegistration;

namespace Capstan.Cli.Serving;

/// <summary>
/// <c>capstan up</c>: the whole product on one machine: server, private PostgreSQL, one runner, first administrator. A second start keeps all data.
/// </summary>
internal static class UpCommand
{
    private const string AdministratorName = "admin";
    private const string AdministratorPasswordVariable = "CAPSTAN_ADMIN_PASSWORD";

    private const UnixFileMode OnlyOurs = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersPassThrough = OnlyOurs | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static Command Create(CommandContext context)
    {
        var serving = new ServingOptions();
        var slots = new Option<int>("--slots") { Description = "Jobs at once (default: the number of processors)", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
        var runnerData = new Option<string?>("--runner-data") { Description = "Folder of the runner: registration, workspaces, tool cache", HelpName = "DIR" };
        var readyFile = new Option<string?>("--ready-file") { Description = "Written when everything serves, readable by this user only: JSON with url, and user name and password of a new installation", HelpName = "FILE" };
        var command = new Command("up", "Run everything on this machine: server, private PostgreSQL, one runner, a first administrator") { slots, runnerData, readyFile };
        serving.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            var options = new Options(
                serving.Read(parsed, Environment.GetEnvironmentVariable, LogLevel.Warning, context.Clock),
                RunnerFolder.Of(parsed.GetValue(runnerData), Environment.GetEnvironmentVariable),
                parsed.GetValue(slots),
                Environment.GetEnvironmentVariable(AdministratorPasswordVariable),
                parsed.GetValue(readyFile));
            return RunAsync(options, context, stop);
        });
        return command;
    }

    /// <param name="AdministratorPassword">Of the administrator of a new installation; null: a one-time password is made up and printed.</param>
    public sealed record Options(ServerOptions Server, RunnerFolder Runner, int Slots, string? AdministratorPassword, string? ReadyFile);

    /// <param name="stop">Ends everything: running jobs may finish first, a further signal cancels them.</param>
    public static async Task<int> RunAsync(Options options, CommandContext context, CancellationToken stop)
    {
        if (options.Slots < 1)
        {
            throw CommandException.Usage("--slots is at least 1.");
        }

        var terminal = context.Terminal;
        var account = await AccountAsync(terminal, options.Runner, stop);
        await using var server = await ServerCommand.StartAsync(options.Server, stop);
        var administrator = await server.Services.GetRequiredService<FirstAdministrator>().EnsureAsync(AdministratorName, options.AdministratorPassword, stop);
        await PrepareAsync(options.Runner, account, stop);
        await RegisterAsync(server, administrator.Administrator, options, account, stop);

        await using var runner = BundledRunner.Start(options.Runner, account, options.Slots, terminal.Error);
        if (options.ReadyFile is { } file)
        {
            ReadyFile.Write(file, server.Url, administrator);
        }

        Greet(terminal, server, administrator, options, account);
        await ServerCommand.UntilAsync(stop);
        terminal.Error("Stopping: running jobs may finish. A second Ctrl-C cancels them.");
        runner.Signal();
        await using var second = context.AtOnce.Register(runner.Signal);
        await runner.Ended;
        return ExitCodes.Good;
    }

    /// <summary>As root an account of the runner's own; otherwise none, and a warning.</summary>
    private static async Task<RunnerAccount?> AccountAsync(Terminal terminal, RunnerFolder folder, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            terminal.Error($"Warning: jobs run as {Environment.UserName}, the server's own user, and can read what it can. Started as root, Capstan separates them (SECURITY.md).");
            return null;
        }

        var account = await RunnerAccount.EnsureAsync(folder.HomeFolder, cancel);
        var program = Environment.ProcessPath!;
        return await account.ReachesAsync(program, cancel)
            ? account
            : throw CommandException.Environment(
                $"The user {account.Name}, as which jobs run, cannot reach {program}. Copy the program's folder to a place open to all, for example /opt/capstan, and start it there.");
    }

    /// <summary>The folder itself stays ours: jobs own what is below two folders in it, and could otherwise lay links where we write.</summary>
    private static async Task PrepareAsync(RunnerFolder folder, RunnerAccount? account, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder.Root);
        File.SetUnixFileMode(folder.Root, account is null ? OnlyOurs : OthersPassThrough);
        foreach (var inner in new[] { folder.WorkFolder, folder.HomeFolder })
        {
            Directory.CreateDirectory(inner, OnlyOurs);
            await OwnAsync(inner, account, cancel);
        }
    }

    /// <summary>Registers the runner, unless its folder has a registration that the server still knows.</summary>
    private static async Task RegisterAsync(CapstanServer server, UserPrincipal administrator, Options options, RunnerAccount? account, CancellationToken cancel)
    {
        var file = options.Runner.RegistrationFile;
        if (Registration.Read(file) is { } kept
            && await server.Services.GetRequiredService<RunnerQueries>().FindAsync(administrator, new RunnerId(kept.RunnerId), cancel) is not null)
        {
            // The address may be another one at every start (port 0); the credential is what counts.
            (kept with { ServerUrl = server.Url }).Write(file);
        }
        else
        {
            var (token, _) = await server.Services.GetRequiredService<RegistrationTokens>()
                .CreateAsync(administrator, RunnerScope.Global, RegistrationTokens.DefaultLifetime, cancel);
            var result = await RegisterRunner.RegisterAsync(server.Url, token.Text, Environment.MachineName, Registration.DefaultLabels, options.Slots, file, cancel);
            if (Refusal(result) is { } why)
            {
                throw CommandException.Environment($"The bundled runner could not be registered: {why}");
            }
        }

        await OwnAsync(file, account, cancel);
    }

    private static string? Refusal(RegisterResult result) => result switch
    {
        RegisterResult.Refused refused => refused.Message,
        RegisterResult.Unreachable unreachable => unreachable.Message,
        _ => null,
    };

    private static Task OwnAsync(string path, RunnerAccount? account, CancellationToken cancel) => account?.OwnAsync(path, cancel) ?? Task.CompletedTask;

    private static void Greet(Terminal terminal, CapstanServer server, FirstAdministratorResult administrator, Options options, RunnerAccount? account)
    {
        terminal.Line($"Listening on {server.Url}");
        terminal.Line($"  data     {options.Server.DataFolder}");
        terminal.Line($"  runner   {options.Slots} {(options.Slots == 1 ? "job" : "jobs")} at once, as user {account?.Name ?? Environment.UserName}, in {options.Runner.Root}");
        terminal.Line($"  user     {administrator.Administrator.Username}");
        if (administrator.OneTimePassword is { } password)
        {
            terminal.Line($"  password {password} (for the first sign-in only)");
        }

        terminal.Line("Ctrl-C ends it.");
    }
}
