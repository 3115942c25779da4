using System.Globalization;
using System.Text;
using Capstan.Contracts;
using Capstan.Runner.Processes;
using Capstan.Workflows;
using Capstan.Workflows.Templates;

namespace Capstan.Runner.Steps;

/// <summary>A step with <c>run</c>.</summary>
internal static class ScriptStep
{
    /// <exception cref="StepFailure">A mistake in the step itself.</exception>
    public static Conclusion Run(StepFrame frame)
    {
        var script = frame.Script;
        var folder = WorkingFolder(frame);
        var files = frame.Files.Create(frame.Job.Subjects);
        var environment = frame.Environment(files);
        var shell = Shell.Resolve(Option(frame, frame.Step.Shell, "shell"), environment.GetValueOrDefault("PATH", ""), folder);
        WriteHeader(frame, script, shell);
        if (!Directory.Exists(folder))
        {
            throw new StepFailure($"An error occurred trying to start process '{shell.Program}' with working directory '{folder}'. No such file or directory");
        }

        var scriptFile = files.CreateScript(shell.Extension, Encoding.UTF8.GetBytes(shell.ContentFor(script)));
        var end = StepProgram.Run(frame, files, new ProcessStart(shell.Program, shell.CommandFor(scriptFile), environment, folder));
        if (end is { ExitCode: not 0, Stopped: StopReason.None }) frame.Error(string.Create(CultureInfo.InvariantCulture, $"Process completed with exit code {end.ExitCode}."));
        return StepProgram.Conclude(frame, end);
    }

    /// <summary>What will run, as GitHub's logs show it.</summary>
    private static void WriteHeader(StepFrame frame, string script, Shell shell)
    {
        var lines = TextParts.Of(script.TrimEnd('\n', '\r'), '\n');
        var text = new StringBuilder("##[group]Run ").Append(lines[0].TrimEnd('\r'));
        foreach (var line in lines) text.Append('\n').Append(line.TrimEnd('\r'));
        text.Append("\nshell: ").Append(shell);
        AppendEnv(text, frame.Contexts.MergedEnv());
        frame.Log.Write(text.Append("\n##[endgroup]").ToString());
    }

    internal static void AppendEnv(StringBuilder text, Dictionary<string, string> env)
    {
        if (env.Count == 0) return;
        text.Append("\nenv:");
        foreach (var (name, value) in env) text.Append("\n  ").Append(name).Append(": ").Append(value);
    }

    /// <summary>The step's own value, else the job's default, else the workflow's; steps of an action have no defaults.</summary>
    private static string Option(StepFrame frame, TemplateToken? own, string key)
    {
        if (own is not null) return frame.Reader.Text(own);
        if (frame.Scope.IsComposite) return "";
        var plan = frame.Job.Plan;
        return frame.Reader.Text(Default(plan.Job.Defaults, key) ?? Default(plan.WorkflowDefaults, key));
    }

    private static TemplateToken? Default(TemplateToken? defaults, string key) =>
        defaults is MappingToken mapping && mapping.Find("run") is MappingToken run ? run.Find(key) : null;

    internal static string WorkingFolder(StepFrame frame)
    {
        var folder = Option(frame, frame.Step.WorkingDirectory, "working-directory");
        return folder.Length == 0 ? frame.Job.Settings.Workspace : Path.GetFullPath(folder, frame.Job.Settings.Workspace);
    }
}
