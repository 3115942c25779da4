using Capstan.Runner.Commands;
using Capstan.Runner.ProblemMatchers;

namespace Capstan.Runner.Steps;

/// <summary>
/// Carries out <c>add-matcher</c> and <c>remove-matcher</c>. Used by the step's thread.
/// Source: https://github.com/actions/toolkit/blob/main/docs/commands.md#problem-matchers
/// </summary>
/// <param name="fail">Fails a command, and with it the step.</param>
internal sealed class MatcherCommands(StepFrame frame, Action<WorkflowCommand, string> fail)
{
    private const int MaxBytes = 1024 * 1024;

    public void Add(WorkflowCommand command)
    {
        if (command.Data.Length == 0) frame.Warn("The file of problem matchers must be named: ::add-matcher::FILE");
        else if (Read(command) is { } matchers) frame.Job.Matchers.Add(matchers);
    }

    public void Remove(WorkflowCommand command)
    {
        var owner = command.Property("owner");
        if (owner is null == (command.Data.Length == 0))
        {
            frame.Warn("Either an owner or a file of problem matchers must be named, not both: ::remove-matcher owner=NAME:: or ::remove-matcher::FILE");
        }
        else if (owner is not null)
        {
            frame.Job.Matchers.Remove(owner);
        }
        else
        {
            foreach (var matcher in Read(command) ?? []) frame.Job.Matchers.Remove(matcher.Owner);
        }
    }

    private IReadOnlyList<ProblemMatcher>? Read(WorkflowCommand command)
    {
        var path = Path.GetFullPath(command.Data, frame.Job.Settings.Workspace);
        try
        {
            if (JobFile.ReadText(path, MaxBytes) is not { } text)
            {
                fail(command, $"'{path}' has more than {MaxBytes / 1024}k");
                return null;
            }

            var content = MatcherFile.Read(text);
            if (content.Mistakes.Count == 0) return content.Matchers;
            fail(command, $"'{command.Data}' is no file of problem matchers: {string.Join("; ", content.Mistakes)}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            fail(command, error.Message);
        }

        return null;
    }
}
