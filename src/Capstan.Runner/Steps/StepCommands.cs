using System.Globalization;
using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Runner.Masking;

namespace Capstan.Runner.Steps;

/// <summary>
/// Carries out the commands that a step prints. State (<c>stop-commands</c>, <c>echo</c>) lasts for the script. Used by the step's thread.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
/// </summary>
internal sealed class StepCommands
{
    private const string UnsecureSwitch = "ACTIONS_ALLOW_UNSECURE_COMMANDS";

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "add-mask", "add-matcher", "remove-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path",
        "notice", "save-state", "set-env", "set-output", "stop-commands", "warning",
    };

    private readonly StepFrame frame;
    private readonly bool unsecure;
    private readonly bool debug;
    private string? stopToken;
    private bool echo;

    public StepCommands(StepFrame frame, string? unsecureSwitch)
    {
        this.frame = frame;
        debug = frame.Job.Contexts.Debug;
        echo = debug;
        unsecure = string.Equals(unsecureSwitch, "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A command could not be carried out: the step fails even when its script does not.</summary>
    public bool Failed { get; private set; }

    /// <returns>True when the line was a command; what is to be seen of it in the log was written.</returns>
    public bool Take(ReadOnlySpan<byte> raw, string masked)
    {
        if (stopToken is not null)
        {
            if (WorkflowCommand.Parse(raw, name => name == stopToken) is null) return false;
            stopToken = null;
            frame.Log.Write(masked);
            return true;
        }

        if (WorkflowCommand.Parse(raw, Names.Contains) is not { } command) return false;
        Execute(command, masked);
        return true;
    }

    private void Execute(WorkflowCommand command, string line)
    {
        switch (command.Name.ToUpperInvariant())
        {
            case "DEBUG":
                if (debug) frame.Log.Write("##[debug]" + command.Data);
                return;
            case "NOTICE":
                Annotate(command, Annotations.Notice, "notice");
                return;
            case "WARNING":
                Annotate(command, Annotations.Warning, "warning");
                return;
            case "ERROR":
                Annotate(command, Annotations.Failure, "error");
                return;
            case "GROUP":
                frame.Log.Write("##[group]" + command.Data);
                return;
            case "ENDGROUP":
                frame.Log.Write("##[endgroup]");
                return;
            case "STOP-COMMANDS":
                Stop(command, line);
                return;
            case "ADD-MASK":
                Mask(command);
                return;
            default:
                Change(command);
                if (echo) frame.Log.Write(line);
                return;
        }
    }

    /// <summary>The commands that change something and are silent unless echo is on.</summary>
    private void Change(WorkflowCommand command)
    {
        switch (command.Name.ToUpperInvariant())
        {
            case "SET-OUTPUT":
                if (Required(command, "name") is { } output) frame.Record.SetOutput(output, command.Data);
                break;
            case "SAVE-STATE":
                // A script has no later stage that could read it.
                if (Required(command, "name") is { } state && frame.Use is { } use) use.State[state] = command.Data;
                break;
            case "SET-ENV":
                SetEnv(command);
                break;
            case "ADD-PATH":
                if (Allowed(command) && command.Data.Length > 0) frame.Job.Variables.AddPath(command.Data);
                break;
            case "ECHO":
                Echo(command);
                break;
            default:
                // add-matcher, remove-matcher, internal-set-repo-path: accepted. Matchers only add annotations to lines that are in the log anyway.
                break;
        }
    }

    private void Annotate(WorkflowCommand command, string level, string shown)
    {
        frame.Log.Write($"##[{shown}]{command.Data}");
        var place = new AnnotationPlace(Number(command, "line"), Number(command, "endLine"), Number(command, "col"), Number(command, "endColumn"));
        var title = command.Property("title");
        var file = command.Property("file");
        frame.Job.Annotations.Add(frame.Number, level, frame.Job.Masks.Mask(command.Data), title is null ? null : frame.Job.Masks.Mask(title), file is null ? null : frame.Job.Masks.Mask(file), place);
    }

    private void Mask(WorkflowCommand command)
    {
        if (string.IsNullOrWhiteSpace(command.Data))
        {
            frame.Log.Write("##[warning]Can't add secret mask for empty string in ##[add-mask] command.");
            return;
        }

        frame.Job.Masks.Add(command.Data);
        if (echo) frame.Log.Write("::add-mask::" + MaskSet.Replacement);
    }

    private void SetEnv(WorkflowCommand command)
    {
        if (!Allowed(command) || Required(command, "name") is not { } name) return;
        if (frame.Job.Variables.Refusal(name) is { } refusal) Fail(command, refusal);
        else frame.Job.Variables.Set(name, command.Data);
    }

    private void Echo(WorkflowCommand command)
    {
        switch (command.Data.Trim().ToUpperInvariant())
        {
            case "ON":
                echo = true;
                break;
            case "OFF":
                echo = false;
                break;
            default:
                Fail(command, $"Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '{command.Data}'.");
                break;
        }
    }

    private void Stop(WorkflowCommand command, string line)
    {
        if (string.IsNullOrWhiteSpace(command.Data) || Names.Contains(command.Data))
        {
            Fail(command, "Invalid value for ::stop-commands::token: the token must not be empty or the name of a command");
            return;
        }

        stopToken = command.Data;
        frame.Log.Write(line);
    }

    private bool Allowed(WorkflowCommand command)
    {
        if (unsecure) return true;
        Fail(command, $"The `{command.Name}` command is disabled. Use the environment files GITHUB_ENV and GITHUB_PATH, or set the variable {UnsecureSwitch} to `true`.");
        return false;
    }

    private string? Required(WorkflowCommand command, string property)
    {
        if (command.Property(property) is { } value) return value;
        Fail(command, $"Required field '{property}' is missing in ##[{command.Name}] command.");
        return null;
    }

    private void Fail(WorkflowCommand command, string message)
    {
        frame.Log.Write($"##[error]Unable to process command '::{command.Name}' successfully.");
        frame.Log.Write("##[error]" + message);
        frame.Job.Annotations.Add(frame.Number, Annotations.Failure, frame.Job.Masks.Mask(message));
        Failed = true;
    }

    private static int? Number(WorkflowCommand command, string property) =>
        int.TryParse(command.Property(property), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
