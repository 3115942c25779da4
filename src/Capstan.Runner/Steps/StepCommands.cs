using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Runner.Masking;
using Capstan.Runner.ProblemMatchers;

namespace Capstan.Runner.Steps;

/// <summary>
/// Carries out the commands that a step's program prints, and finds the problems that the job's matchers know in its other lines. State (<c>stop-commands</c>,
/// <c>echo</c>, half matched problems) lasts for the program. Used by the step's thread.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
/// </summary>
internal sealed class StepCommands
{
    private const string UnsecureSwitch = "ACTIONS_ALLOW_UNSECURE_COMMANDS";
    private const string UnsecureTokensSwitch = "ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS";
    private const string StopName = "stop-commands";

    /// <summary>GitHub's own name for a token that older workflows used; everybody could guess it.</summary>
    private const string GuessedToken = "pause-logging";

    private static readonly Dictionary<string, Entry> Table = new(StringComparer.OrdinalIgnoreCase)
    {
        ["debug"] = new((self, command) => self.Debug(command.Data), Echoed: false),
        ["notice"] = new((self, command) => self.annotations.Add(command, Annotations.Notice, "notice"), Echoed: false),
        ["warning"] = new((self, command) => self.annotations.Add(command, Annotations.Warning, "warning"), Echoed: false),
        ["error"] = new((self, command) => self.annotations.Add(command, Annotations.Failure, "error"), Echoed: false),
        ["group"] = new((self, command) => self.frame.Log.Write("##[group]" + command.Data)),
        ["endgroup"] = new((self, _) => self.frame.Log.Write("##[endgroup]")),
        ["add-mask"] = new((self, command) => self.Mask(command.Data), Echoed: false),
        ["echo"] = new((self, command) => self.Echo(command)),
        ["set-output"] = new((self, command) => self.SetOutput(command)),
        ["save-state"] = new((self, command) => self.SaveState(command)),
        ["set-env"] = new((self, command) => self.SetEnv(command)),
        ["add-path"] = new((self, command) => self.AddPath(command)),
        ["add-matcher"] = new((self, command) => self.matchers.Add(command)),
        ["remove-matcher"] = new((self, command) => self.matchers.Remove(command)),
    };

    private readonly StepFrame frame;
    private readonly AnnotationCommands annotations;
    private readonly MatcherCommands matchers;
    private readonly ProblemScan problems;
    private readonly bool unsecure;
    private readonly bool unsecureTokens;
    private readonly HashSet<string> deprecated = new(StringComparer.OrdinalIgnoreCase);
    private string? stopToken;
    private bool echo;

    /// <param name="environment">Of the program; switches are looked for there.</param>
    public StepCommands(StepFrame frame, IReadOnlyDictionary<string, string> environment)
    {
        this.frame = frame;
        annotations = new AnnotationCommands(frame);
        matchers = new MatcherCommands(frame, Fail);
        problems = new ProblemScan(frame.Job.Matchers);
        echo = frame.Job.Contexts.Debug;
        unsecure = IsOn(environment, UnsecureSwitch);
        unsecureTokens = IsOn(environment, UnsecureTokensSwitch);
    }

    /// <summary>A command could not be carried out: the step fails even when its program does not.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether <see cref="TakeProblem"/> is to be asked.</summary>
    public bool LooksForProblems => problems.IsActive;

    /// <returns>True when the line was a command; what is to be seen of it in the log was written.</returns>
    public bool Take(ReadOnlySpan<byte> raw, string masked)
    {
        if (stopToken is not null)
        {
            if (WorkflowCommand.Parse(raw, name => string.Equals(name, stopToken, StringComparison.OrdinalIgnoreCase)) is null) return false;
            stopToken = null;
            frame.Log.Write(masked);
            return true;
        }

        if (WorkflowCommand.Parse(raw, IsCommand) is not { } command) return false;
        if (!Table.TryGetValue(command.Name, out var entry))
        {
            Stop(command, masked);
            return true;
        }

        if (echo && entry.Echoed) frame.Log.Write(masked);
        entry.Run(this, command);
        return true;
    }

    /// <returns>True when the line says something of a problem; it was written as such.</returns>
    public bool TakeProblem(string line)
    {
        foreach (var result in problems.Look(line))
        {
            if (result is ScanResult.GivenUp given)
            {
                frame.Warn($"The problem matcher '{given.Owner}' is not used for the rest of this output: it took longer than a second for one line, three times.");
            }
            else if (result is ScanResult.Found found && annotations.Add(found))
            {
                return true;
            }
        }

        return false;
    }

    private void Debug(string text)
    {
        if (frame.Job.Contexts.Debug) frame.Log.Write("##[debug]" + text);
    }

    private void Mask(string value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            frame.Warn("Can't add secret mask for empty string in ##[add-mask] command.");
            return;
        }

        frame.Job.AddMask(value);
        if (echo) frame.Log.Write("::add-mask::" + MaskSet.Replacement);
    }

    private void SetOutput(WorkflowCommand command)
    {
        WarnOfDeprecation(command, "GITHUB_OUTPUT");
        if (Required(command, "name") is { } name) frame.Record.SetOutput(name, command.Data);
    }

    private void SaveState(WorkflowCommand command)
    {
        WarnOfDeprecation(command, "GITHUB_STATE");
        // A script has no later stage that could read it.
        if (Required(command, "name") is { } name && frame.Use is { } use) use.State[name] = command.Data;
    }

    private void SetEnv(WorkflowCommand command)
    {
        if (!Allowed(command) || Required(command, "name") is not { } name) return;
        if (frame.Variables.Refusal(name, "::set-env::") is { } refusal) frame.Error(refusal);
        else frame.Variables.Set(name, command.Data);
    }

    private void AddPath(WorkflowCommand command)
    {
        if (!Allowed(command)) return;
        if (command.Data.Length > 0) frame.Variables.AddPath(command.Data);
        else Fail(command, "The path must not be empty: ::add-path::FOLDER");
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

    /// <summary>A token that other output may hold by chance would let it give commands again.</summary>
    private void Stop(WorkflowCommand command, string line)
    {
        var token = command.Data;
        var weak = token.Length == 0 || token.Equals(GuessedToken, StringComparison.OrdinalIgnoreCase) || IsCommand(token);
        if (weak && !unsecureTokens)
        {
            Fail(
                command,
                $"The token of ::{StopName}::TOKEN must not be empty, '{GuessedToken}' or the name of a command; make one at random. {UnsecureTokensSwitch}=true allows them.");
            return;
        }

        stopToken = token;
        frame.Log.Write(line);
    }

    /// <summary>Source: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/</summary>
    private void WarnOfDeprecation(WorkflowCommand command, string file)
    {
        if (!deprecated.Add(command.Name)) return;
        frame.Warn($"The `{command.Name}` command is deprecated and will be disabled soon. Write NAME=VALUE to the file that ${file} names instead.");
    }

    /// <summary>Source: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/</summary>
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
        frame.Error(message);
        Failed = true;
    }

    private static bool IsCommand(string name) => name.Equals(StopName, StringComparison.OrdinalIgnoreCase) || Table.ContainsKey(name);

    private static bool IsOn(IReadOnlyDictionary<string, string> environment, string name) =>
        string.Equals(environment.GetValueOrDefault(name), "true", StringComparison.OrdinalIgnoreCase);

    /// <param name="Echoed">Shown in the log, before what it does, when echo is on.</param>
    private sealed record Entry(Action<StepCommands, WorkflowCommand> Run, bool Echoed = true);
}
