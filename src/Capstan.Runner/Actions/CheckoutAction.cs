using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Checkout;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/checkout</c>: reads the real one's inputs, refuses what it cannot do, sets its outputs, and removes the token from git's configuration when the
/// job ends.
/// Source: https://github.com/actions/checkout#usage
/// </summary>
internal sealed class CheckoutAction : BuiltInAction
{
    public const string Name = "actions/checkout";

    private const int CommandNotFound = 127;
    private const string SettingState = "setting";
    private const string FilesState = "files";

    /// <summary>
    /// All inputs of the real one. <c>set-safe-directory</c> and <c>show-progress</c> change nothing here: the workspace belongs to the job's user, and git is quiet.
    /// </summary>
    protected override IReadOnlySet<string> Known { get; } = Inputs(
        "repository",
        "ref",
        "token",
        "ssh-key",
        "ssh-known-hosts",
        "ssh-strict",
        "ssh-user",
        "persist-credentials",
        "path",
        "clean",
        "filter",
        "sparse-checkout",
        "sparse-checkout-cone-mode",
        "fetch-depth",
        "fetch-tags",
        "show-progress",
        "lfs",
        "submodules",
        "set-safe-directory",
        "github-server-url");

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        if (inputs.Find("ssh-key") is { Length: > 0 })
        {
            throw new StepFailure("The built-in checkout has no 'ssh-key': give a 'token', or let the real action run (CAPSTAN_BUILT_IN_ACTIONS=false)");
        }

        var request = Request(frame, inputs);
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
                if (done.Kept is { } kept) RemoveAtEnd(frame.FindUse(), kept);
                return Conclusion.Success;
            case CheckoutResult.Failed failed:
                frame.Error(failed.Message);
                return frame.Stop.Reason is StopReason.Cancelled or StopReason.CancelledBySteps or StopReason.Killed
                    ? Conclusion.Cancelled
                    : Conclusion.Failure;
            default:
                return Conclusion.Failure;
        }
    }

    public override Conclusion RunPost(StepFrame frame, GivenInputs inputs)
    {
        var state = frame.FindUse().State;
        var environment = GitEnvironment.Of(frame.Environment(files: null));
        var removed = true;
        foreach (var file in state[FilesState].Split('\n').Where(File.Exists))
        {
            // Exit code 5: it is not there any more, which is as good.
            if (RunProgram(frame, ["git", "config", "--file", file, "--unset-all", state[SettingState]], environment, frame.Job.Settings.Workspace) is 0 or 5) continue;
            frame.Warn($"The token could not be removed from {file}");
            removed = false;
        }

        if (removed) frame.Log.Write("Removed the token from the configuration of git");
        return Conclusion.Success;
    }

    /// <summary>A token of one's own need not be a secret of the job, and goes into git's configuration in the form of its header: later steps shall print neither.</summary>
    private static string Masked(StepFrame frame, string token)
    {
        if (token.Length == 0) return token;
        frame.Job.Masks.Add(token);
        frame.Job.Masks.Add(GitEnvironment.Credential(token));
        return token;
    }

    private static void RemoveAtEnd(ActionUse use, KeptCredentials kept)
    {
        use.State[SettingState] = kept.Setting;
        use.State[FilesState] = string.Join('\n', kept.Files);
        use.WantsPost = true;
    }

    private static CheckoutRequest Request(StepFrame frame, GivenInputs with)
    {
        var contexts = frame.Job.Contexts;
        var own = contexts.TextOf("github", "repository") ?? "";
        var repository = with.Text("repository", own);
        var path = with.Text("path", ".");
        var workspace = frame.Job.Settings.Workspace;
        var folder = Path.GetFullPath(path, workspace);
        if (folder != workspace && !folder.StartsWith(workspace + "/", StringComparison.Ordinal))
        {
            throw new StepFailure($"Repository path '{folder}' is not under '{workspace}'");
        }

        var server = with.Text("github-server-url", frame.Job.Order.ServerUrl).TrimEnd('/');
        var ownServer = server == frame.Job.Order.ServerUrl;
        return new CheckoutRequest
        {
            Repository = repository,
            OwnRepository = ownServer && string.Equals(repository, own, StringComparison.OrdinalIgnoreCase),
            Ref = with.Find("ref") ?? "",
            RunRef = contexts.TextOf("github", "ref") ?? "",
            RunSha = contexts.TextOf("github", "sha") ?? "",
            ServerUrl = server,
            // The job's token is nobody else's business.
            Token = Masked(frame, with.Find("token") ?? (ownServer ? frame.Job.Order.Token : "")),
            Folder = folder,
            Workspace = frame.Job.WorkspaceWithoutLinks,
            FetchDepth = Depth(with.Text("fetch-depth", "1")),
            FetchTags = with.Flag("fetch-tags", otherwise: false),
            Filter = with.Text("filter", ""),
            Sparse = with.Text("sparse-checkout", "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            SparseConeMode = with.Flag("sparse-checkout-cone-mode", otherwise: true),
            Submodules = with.Text("submodules", "").ToUpperInvariant() switch
            {
                "RECURSIVE" => CheckoutSubmodules.Recursive,
                "TRUE" => CheckoutSubmodules.Direct,
                _ => CheckoutSubmodules.None,
            },
            Lfs = with.Flag("lfs", otherwise: false),
            Untouched = folder == workspace && !frame.Job.ProcessesBegan,
            Clean = with.Flag("clean", otherwise: true),
            PersistCredentials = with.Flag("persist-credentials", otherwise: true),
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
}
