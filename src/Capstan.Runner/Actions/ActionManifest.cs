using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Actions;

/// <summary>Reads the action in a folder.</summary>
internal static class ActionManifest
{
    /// <summary>As much as a workflow file may have.</summary>
    private const int MaxBytes = 1024 * 1024;

    private static readonly string[] Names = ["action.yml", "action.yaml"];

    /// <param name="uses">For messages.</param>
    /// <param name="origin">Null for an action of the workspace.</param>
    public static ActionFound Read(string uses, string folder, ActionOrigin? origin)
    {
        foreach (var name in Names)
        {
            var file = Path.Combine(folder, name);
            if (!File.Exists(file)) continue;
            try
            {
                return JobFile.ReadText(file, MaxBytes) is { } text
                    ? Read(ActionManifestReader.Read(uses.TrimEnd('/') + "/" + name, text), uses, folder, origin)
                    : new ActionFound.Missing($"'{file}' has more than {MaxBytes / 1024}k");
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Nobody's trouble but that of the step that runs it, if it runs.
                return new ActionFound.Missing(error.Message);
            }
        }

        if (File.Exists(Path.Combine(folder, "Dockerfile"))) return NoDocker(uses);
        return new ActionFound.Missing(origin is null
            ? $"Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '{folder}'. Did you forget to run actions/checkout before running your local action?"
            : $"'{uses}' is no action: there is no 'action.yml', 'action.yaml' or 'Dockerfile' in its folder");
    }

    private static ActionFound Read(ActionReadResult read, string uses, string folder, ActionOrigin? origin)
    {
        if (read.Definition is not { } definition) return new ActionFound.Missing(string.Join('\n', read.Diagnostics));
        return definition.Kind switch
        {
            ActionKind.Composite => new ActionFound.Composite(definition, folder, origin),
            ActionKind.JavaScript => new ActionFound.JavaScript(definition, folder, origin),
            _ => NoDocker(uses),
        };
    }

    private static ActionFound.NotExecuted NoDocker(string uses) => new($"'{uses}' is a docker action: these are not executed yet");
}
