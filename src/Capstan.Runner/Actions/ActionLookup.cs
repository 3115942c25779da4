using Capstan.Runner.Jobs;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>What stands behind a reference, on this machine and now.</summary>
internal abstract record ActionFound
{
    private ActionFound()
    {
    }

    /// <summary>The built-in <c>actions/checkout</c>.</summary>
    public sealed record Checkout : ActionFound;

    /// <param name="Folder">Absolute.</param>
    public sealed record Composite(ActionDefinition Definition, string Folder) : ActionFound;

    /// <summary>It exists or may exist, but this runner does not execute its kind yet: known before the job starts.</summary>
    public sealed record NotExecuted(string Message) : ActionFound;

    /// <summary>No action there, or one with mistakes: an error of the step when its turn comes (a checkout may bring it).</summary>
    public sealed record Missing(string Message) : ActionFound;
}

/// <summary>Finds actions: local ones in the workspace, remote ones in the actions folder, <c>actions/checkout</c> built in.</summary>
internal static class ActionLookup
{
    private const string CheckoutName = "actions/checkout";

    /// <summary>As much as a workflow file may have.</summary>
    private const int MaxManifestBytes = 1024 * 1024;

    private static readonly string[] ManifestNames = ["action.yml", "action.yaml"];

    public static ActionFound Find(string uses, JobRunnerSettings settings)
    {
        switch (ActionReference.Parse(uses))
        {
            case ActionReference.Local local:
                return Read(uses, Path.GetFullPath(local.Path, settings.Workspace));
            case ActionReference.Remote remote:
                if (settings.ActionsFolder is { } actions)
                {
                    var folder = Path.Combine(actions, remote.Name, remote.Path).TrimEnd('/');
                    if (Directory.Exists(folder)) return Read(uses, folder);
                }

                return string.Equals(remote.Name, CheckoutName, StringComparison.OrdinalIgnoreCase) && remote.Path.Length == 0
                    ? new ActionFound.Checkout()
                    : new ActionFound.NotExecuted($"'{uses}': actions of other repositories are not executed yet");
            default:
                return new ActionFound.NotExecuted($"'{uses}' is not executed yet");
        }
    }

    private static ActionFound Read(string uses, string folder)
    {
        foreach (var name in ManifestNames)
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) continue;
            if (JobFile.ReadText(file, MaxManifestBytes) is not { } text) return new ActionFound.Missing($"'{file}' has more than {MaxManifestBytes / 1024}k");
            var read = ActionManifestReader.Read(uses.TrimEnd('/') + "/" + name, text);
            if (read.Definition is not { } definition) return new ActionFound.Missing(string.Join('\n', read.Diagnostics));
            return definition.Kind == ActionKind.Composite
                ? new ActionFound.Composite(definition, folder)
                : new ActionFound.NotExecuted($"'{uses}' is a {(definition.Kind == ActionKind.Docker ? "docker" : "JavaScript")} action ({definition.Using}): these are not executed yet");
        }

        if (File.Exists(Path.Combine(folder, "Dockerfile"))) return new ActionFound.NotExecuted($"'{uses}' is a docker action: these are not executed yet");
        return new ActionFound.Missing(
            $"Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{folder}'. Did you forget to run actions/checkout before running your local action?");
    }
}
