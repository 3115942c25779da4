using Capstan.Runner.Actions;

namespace Capstan.Cli.LocalRuns;

/// <summary>Where the jobs of <c>capstan run</c> find their actions.</summary>
internal static class LocalActions
{
    /// <summary>Where most workflows mean their actions to come from.</summary>
    public const string DefaultUpstream = "https://github.com";

    /// <param name="workingTree">Its root: <c>$/path</c> is what stands there now.</param>
    public static ActionSettings Of(RunOptions options, string workingTree, Func<string, string?> environment) => new()
    {
        Folder = options.ActionsFolder is { } folder ? Path.GetFullPath(folder, Path.GetFullPath(options.Folder)) : null,
        BuiltIn = ActionSettings.BuiltInOf(environment(ActionSettings.BuiltInVariable)),
        OwnRepository = workingTree,
        Upstream = ActionSettings.UpstreamOf(options.ActionsUpstream ?? (environment(ActionSettings.UpstreamVariable) is { Length: > 0 } upstream ? upstream : DefaultUpstream)),
        Cache = UserCache.Folder("actions"),
        Node = environment(ActionSettings.NodeVariable),
    };
}
