using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>
/// Runs a script of a JavaScript action with the node of this machine, whichever version the action names. The action sees its inputs as INPUT_… and what its earlier
/// stages saved as STATE_….
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-javascript-actions
/// </summary>
internal static class JavaScriptAction
{
    /// <exception cref="StepFailure">There is no node, or an input cannot be evaluated.</exception>
    public static Conclusion Run(StepFrame frame, ActionFound.JavaScript action)
    {
        var inputs = ActionInputs.Of(frame, action.Definition);
        ActionStep.WriteHeader(frame, [.. inputs.Declared, .. inputs.Undeclared]);
        if (frame.Stage == StepStage.Main) inputs.Warn(frame, action.Definition);
        var node = frame.Job.Node ?? throw new StepFailure(WithoutNode(frame.Step.Uses!, action));
        var script = Path.GetFullPath(ScriptOf(frame.Stage, action), action.Folder);
        var files = frame.Files.Create(frame.Job.Subjects);
        var environment = frame.Environment(files);
        foreach (var (name, value) in inputs.Declared.Concat(inputs.Undeclared)) environment[VariableFor(name)] = value;
        foreach (var (name, value) in frame.Use!.State) environment["STATE_" + name] = value;
        var end = StepProgram.Run(frame, files, new ProcessStart(node, [node, script], environment, frame.Job.Settings.Workspace));

        // An action that fails says why itself; an error of ours beside its own would only hide it.
        if (end is { ExitCode: not 0, Stopped: StopReason.None }) frame.Log.Write(string.Create(CultureInfo.InvariantCulture, $"The action ended with exit code {end.ExitCode}"));
        return StepProgram.Conclude(frame, end);
    }

    /// <summary>The variable in which an action finds an input: upper case, spaces replaced, all else as it is.</summary>
    public static string VariableFor(string input) => "INPUT_" + input.Replace(' ', '_').ToUpperInvariant();

    public static string WithoutNode(string uses, ActionFound.JavaScript action) =>
        $"'{uses}' is a JavaScript action ({action.Definition.Using}), and there is no node on this machine: install Node.js, or name its program in {ActionSettings.NodeVariable}";

    private static string ScriptOf(StepStage stage, ActionFound.JavaScript action) => stage switch
    {
        StepStage.Pre => action.Definition.Pre!,
        StepStage.Post => action.Definition.Post!,
        _ => action.Definition.Main!,
    };
}
