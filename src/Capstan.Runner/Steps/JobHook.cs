using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Processes;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Runner.Steps;

/// <summary>
/// The scripts that the owner of a machine lets run before and after each job. They see what a step sees, and their commands count; one that fails fails the job.
/// Source: https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/run-scripts
/// </summary>
internal static class JobHook
{
    /// <summary>How a script of each ending is run.</summary>
    private static readonly (string Extension, string Shell)[] Shells = [(".sh", "bash"), (".ps1", "pwsh"), (".js", "node {0}")];

    public static StepDefinition Started(string script) => Of("Set up runner", script);

    public static StepDefinition Completed(string script) => Of("Complete runner", script);

    /// <exception cref="StepFailure">There is no such script, or it is none that can be run.</exception>
    public static Conclusion Run(StepFrame frame)
    {
        var script = frame.Script;
        frame.Log.Write($"The owner of this runner has it run '{script}' for each job.");
        if (!Path.IsPathFullyQualified(script) || !File.Exists(script)) throw new StepFailure($"The script '{script}' does not exist. Name it with its whole path.");
        var option = Shells.FirstOrDefault(shell => script.EndsWith(shell.Extension, StringComparison.OrdinalIgnoreCase)).Shell;
        if (option is null) throw new StepFailure($"'{script}' is no script that can be run: its name must end with {string.Join(", ", Shells.Select(shell => shell.Extension))}.");
        var job = frame.Job;
        var files = frame.Files.Create(frame.Job.Subjects);
        var environment = frame.Environment(files);
        var shell = Shell.Resolve(option, environment.GetValueOrDefault("PATH", ""), job.Settings.Workspace);
        var end = StepProgram.Run(frame, files, new ProcessStart(shell.Program, shell.CommandFor(script), environment, job.Settings.Workspace));
        if (end is { ExitCode: not 0, Stopped: StopReason.None }) frame.Error(string.Create(CultureInfo.InvariantCulture, $"Process completed with exit code {end.ExitCode}."));
        return StepProgram.Conclude(frame, end);
    }

    private static StepDefinition Of(string name, string script) => new()
    {
        Id = "",
        Place = default,
        Name = new StringToken(default, name),
        If = Condition.Always,
        Run = new StringToken(default, script),
    };
}
