using System.Globalization;
using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Runner.ProblemMatchers;

namespace Capstan.Runner.Steps;

/// <summary>
/// Makes annotations of what a program prints: of the commands that say so, and of the problems that matchers found. Used by the step's thread.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
/// </summary>
internal sealed class AnnotationCommands(StepFrame frame)
{
    /// <summary>The severities a matcher may give, with the level of the annotation.</summary>
    private static readonly Dictionary<string, string> Levels = new(StringComparer.OrdinalIgnoreCase)
    {
        ["error"] = Annotations.Failure,
        ["warning"] = Annotations.Warning,
        ["notice"] = Annotations.Notice,
    };

    private RepositoryFile? files;

    /// <param name="shown">The level's name in the log.</param>
    public void Add(WorkflowCommand command, string level, string shown)
    {
        frame.Log.Write($"##[{shown}]{command.Data}");
        var place = new AnnotationPlace(Of("line"), Of("endLine"), Of("col"), Of("endColumn"));
        Add(level, command.Data, command.Property("title"), Relative(command.Property("file")), place.Sound());
        int? Of(string property) => Number(command.Property(property));
    }

    /// <returns>False when what was found is no annotation: it has no message, or a severity that does not exist.</returns>
    public bool Add(ScanResult.Found found)
    {
        var problem = found.Problem;
        var severity = string.IsNullOrEmpty(problem.Severity) ? found.DefaultSeverity.Length == 0 ? "error" : found.DefaultSeverity : problem.Severity;
        if (string.IsNullOrWhiteSpace(problem.Message) || !Levels.TryGetValue(severity, out var level)) return false;
        frame.Log.Write($"##[{severity.ToLowerInvariant()}]{found.Text}");
        files ??= new RepositoryFile(frame.Job.Settings.Workspace, frame.Job.Contexts.TextOf("github", "repository") ?? "");
        var file = string.IsNullOrWhiteSpace(problem.File) ? null : files.Find(problem.File, problem.FromPath);
        Add(level, problem.Message, title: null, file, new AnnotationPlace(Number(problem.Line), null, Number(problem.Column), null).Sound());
        return true;
    }

    private void Add(string level, string message, string? title, string? file, AnnotationPlace place)
    {
        var masks = frame.Job.Masks;
        frame.Job.Annotations.Add(frame.Number, level, masks.Mask(message), Masked(title), Masked(file), place);
        string? Masked(string? text) => text is null ? null : masks.Mask(text);
    }

    /// <summary>A file of the workspace, as the repository has it; others as they are.</summary>
    private string? Relative(string? file)
    {
        var workspace = frame.Job.Settings.Workspace + "/";
        return file?.StartsWith(workspace, StringComparison.Ordinal) == true ? file[workspace.Length..] : file;
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
