using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Checkout;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/checkout</c>: reads the real one's inputs, refuses what it cannot do, and sets its outputs.
/// Source: https://github.com/actions/checkout#usage
/// </summary>
internal sealed class CheckoutAction : BuiltInAction
{
    public const string Name = "actions/checkout";

    private const int CommandNotFound = 127;

    /// <summary>Inputs that would change what is in the workspace and are not done here: giving one fails the step instead of writing something else.</summary>
    private static readonly string[] NotDone = ["filter", "lfs", "sparse-checkout", "ssh-key", "submodules"];

    public override Conclusion Run(StepFrame frame, IReadOnlyDictionary<string, string> with)
    {
        foreach (var name in NotDone)
        {
            if (with.TryGetValue(name, out var value) && value.Trim() is { Length: > 0 } and not "false")
            {
                throw new StepFailure($"The input '{name}' of actions/checkout is not supported by the built-in checkout yet");
            }
        }

        var request = Request(frame, with);
        var scope = new CheckoutScope(
            frame.Log.Write,
            (command, environment, folder) => RunProgram(frame, command, environment, folder),
            () => frame.Stop.Reason != StopReason.None,
            frame.Environment(files: null));
        frame.Job.BeforeProcess();
        switch (frame.Job.Settings.Checkout.Run(request, scope))
        {
            case CheckoutResult.Done done:
                frame.Record.SetOutput("ref", done.Ref);
                frame.Record.SetOutput("commit", done.Commit);
                return Conclusion.Success;
            case CheckoutResult.Failed failed:
                frame.Error(failed.Message);
                return frame.Stop.Reason is StopReason.Cancelled or StopReason.Killed ? Conclusion.Cancelled : Conclusion.Failure;
            default:
                return Conclusion.Failure;
        }
    }

    private static CheckoutRequest Request(StepFrame frame, IReadOnlyDictionary<string, string> with)
    {
        var contexts = frame.Job.Contexts;
        var own = contexts.TextOf("github", "repository") ?? "";
        var repository = with.GetValueOrDefault("repository") is { Length: > 0 } given ? given : own;
        var path = with.GetValueOrDefault("path", ".");
        var workspace = frame.Job.Settings.Workspace;
        var folder = Path.GetFullPath(path.Length == 0 ? "." : path, workspace);
        if (folder != workspace && !folder.StartsWith(workspace + "/", StringComparison.Ordinal))
        {
            throw new StepFailure($"Repository path '{folder}' is not under '{workspace}'");
        }

        return new CheckoutRequest
        {
            Repository = repository,
            OwnRepository = string.Equals(repository, own, StringComparison.OrdinalIgnoreCase),
            Ref = with.GetValueOrDefault("ref", ""),
            RunRef = contexts.TextOf("github", "ref") ?? "",
            RunSha = contexts.TextOf("github", "sha") ?? "",
            ServerUrl = frame.Job.Message.ServerUrl,
            Token = with.GetValueOrDefault("token", frame.Job.Message.Token),
            Folder = folder,
            FetchDepth = Depth(with.GetValueOrDefault("fetch-depth", "1")),
            FetchTags = Flag(with, "fetch-tags", otherwise: false),
            Clean = Flag(with, "clean", otherwise: true),
            PersistCredentials = Flag(with, "persist-credentials", otherwise: true),
        };
    }

    private static int RunProgram(StepFrame frame, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder)
    {
        var program = ExecutableSearch.Find(command[0], environment.GetValueOrDefault("PATH", ""), folder);
        if (program is null)
        {
            frame.Log.Write($"##[error]{command[0]}: command not found on PATH");
            return CommandNotFound;
        }

        return frame.Run(new ProcessStart(program, command, environment, folder)).ExitCode;
    }

    private static int Depth(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var depth) ? depth : throw new StepFailure($"'{text}' is no fetch-depth: give a number from 0");

    private static bool Flag(IReadOnlyDictionary<string, string> with, string name, bool otherwise) =>
        with.TryGetValue(name, out var text) && text.Length > 0 ? string.Equals(text, "true", StringComparison.OrdinalIgnoreCase) : otherwise;
}
