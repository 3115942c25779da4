using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Settings;

/// <summary>Who may wait for a concurrency group.</summary>
public enum ConcurrencyQueue
{
    /// <summary>One: a newer one takes its place.</summary>
    Single,

    /// <summary>All, in the order they came.</summary>
    Max,
}

/// <summary>
/// A <c>concurrency</c>, evaluated. Immutable.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#concurrency
/// </summary>
/// <param name="Group">Compared without regard to case; not empty.</param>
/// <param name="CancelInProgress">Whether what runs in the group is cancelled for a newcomer.</param>
public sealed record ConcurrencySettings(string Group, bool CancelInProgress, ConcurrencyQueue Queue)
{
    /// <summary>
    /// Characters of a group's name.
    /// Source: https://github.com/actions/runner/blob/main/src/Sdk/WorkflowParser/Conversion/WorkflowTemplateConverter.cs
    /// </summary>
    public const int MaxGroupLength = 400;

    /// <param name="token">The value of <c>concurrency</c>, of a workflow or job.</param>
    public static TemplateResult<ConcurrencySettings> Evaluate(TemplateToken token, EvaluationContext context, string file = "")
    {
        var read = new SettingsRead(context, file);
        var settings = new ConcurrencySettings("", CancelInProgress: false, ConcurrencyQueue.Single);
        var parts = read.Parts(token);
        if (parts is null)
            settings = settings with { Group = read.Text(token, "concurrency") };
        foreach (var part in parts ?? [])
        {
            settings = part.Name switch
            {
                "group" => settings with { Group = read.Text(part) },
                "cancel-in-progress" => settings with { CancelInProgress = read.Boolean(part) },
                "queue" => settings with { Queue = QueueOf(part, read) },
                _ => read.Unknown(part, settings, "group", "cancel-in-progress", "queue"),
            };
        }

        if (Problem(settings) is { } problem)
            read.Error(token.Place, "concurrency", problem);
        return read.Result(settings);
    }

    internal static string? TooLong(string group) =>
        group.Length > MaxGroupLength ? $"Concurrency group name must be at most {MaxGroupLength} characters long" : null;

    private static string? Problem(ConcurrencySettings settings) => settings switch
    {
        { Group: "" } => "Concurrency group name cannot be empty",
        { CancelInProgress: true, Queue: ConcurrencyQueue.Max } => "'cancel-in-progress: true' and 'queue: max' cannot be used together",
        _ => TooLong(settings.Group),
    };

    private static ConcurrencyQueue QueueOf(Setting part, SettingsRead read)
    {
        var text = read.Text(part);
        if (text is not ("single" or "max"))
            read.Error(part.Place, "unexpected-value", $"Unexpected value '{Suggestion.Show(text)}'{Suggestion.For(text, ["single", "max"])}");
        return text is "max" ? ConcurrencyQueue.Max : ConcurrencyQueue.Single;
    }
}
