using System.Text;
using Capstan.Cli.Plans;
using Capstan.Cli.Terminals;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Cli.Language;

/// <summary>A workflow for people: what starts it, and its jobs by what they wait for. Expressions stand as they were written.</summary>
internal sealed class WorkflowPicture(Terminal terminal)
{
    private const int LongestLine = 100;

    public string Draw(WorkflowDefinition workflow)
    {
        var text = new StringBuilder();
        text.Append(terminal.Paint(Tone.Strong, Printable.Of(workflow.Name))).Append(workflow.Name == workflow.File ? "" : $" ({Printable.Of(workflow.File)})").Append('\n');
        foreach (var trigger in workflow.Triggers)
        {
            text.Append($"  on {terminal.Paint(Tone.Active, trigger.Event)}{Filters(trigger)}\n");
        }

        foreach (var line in Lines(("run-name", workflow.RunName), ("env", workflow.Env), ("permissions", workflow.Permissions), ("concurrency", workflow.Concurrency)))
        {
            text.Append("  ").Append(line).Append('\n');
        }

        JobTree.Draw(text, "  ", [.. workflow.Jobs.Select(job => new JobBranch(job.Id, job.Needs, Head(job), [.. Details(job)], []))]);
        return text.ToString();
    }

    private static string Filters(TriggerDefinition trigger)
    {
        var parts = new List<string>();
        Add("types", trigger.Types);
        Add("branches", trigger.Branches);
        Add("branches-ignore", trigger.BranchesIgnore);
        Add("tags", trigger.Tags);
        Add("tags-ignore", trigger.TagsIgnore);
        Add("paths", trigger.Paths);
        Add("paths-ignore", trigger.PathsIgnore);
        Add("inputs", [.. trigger.Inputs.Select(input => $"{input.Name} ({input.Type}{(input.Required ? ", required" : "")}{(input.Default is { } value ? $", {Source(value)} by default" : "")})")]);
        if (parts.Count == 0 && trigger.Content is SequenceToken other)
        {
            parts.Add(string.Join("; ", other.Items.Select(Source)));
        }

        return parts.Count == 0 ? "" : ": " + Printable.Of(string.Join("; ", parts));

        void Add(string key, IReadOnlyList<string>? values)
        {
            if (values is { Count: > 0 })
            {
                parts.Add($"{key} {string.Join(", ", values)}");
            }
        }
    }

    private string Head(JobDefinition job)
    {
        var name = job.Name is null ? "" : Quiet($" ({Printable.Of(Source(job.Name))})");
        var where = job.Uses is { } uses ? $"  calls {Printable.Of(uses)}" : job.RunsOn is { } labels ? Quiet($"  on {Source(labels)}") : "";
        var stage = job.Stage is { } of ? Quiet($"  stage {Printable.Of(of)}") : "";
        var type = job.JobType == "build" ? "" : Quiet($"  {job.JobType}");
        return $"{terminal.Paint(Tone.Strong, job.Id)}{name}{where}{stage}{type}{(job.Needs.Count > 1 ? Quiet($"  after {string.Join(", ", job.Needs)}") : "")}";
    }

    private IEnumerable<string> Details(JobDefinition job)
    {
        foreach (var (key, place) in job.NotYetExecuted)
        {
            yield return $"{terminal.Paint(Tone.Warning, "not executed yet")}: {key} ({place})";
        }

        if (job.If != Condition.Default)
        {
            yield return $"if {Short(Condition.Written(job.If))}";
        }

        var matrix = job.Strategy?.Matrix;
        foreach (var line in Lines(
            ("matrix", matrix), ("max-parallel", job.Strategy?.MaxParallel), ("fail-fast", job.Strategy?.FailFast), ("env", job.Env), ("permissions", job.Permissions),
            ("environment", job.Environment), ("target", job.Target), ("concurrency", job.Concurrency), ("container", job.Container), ("services", job.Services), ("continue-on-error", job.ContinueOnError),
            ("timeout-minutes", job.TimeoutMinutes), ("with", job.With), ("secrets", job.Secrets), ("outputs", job.Outputs)))
        {
            yield return line;
        }

        for (var index = 0; index < job.Steps.Count; index++)
        {
            foreach (var line in Step(job.Steps[index], $"{index + 1}"))
            {
                yield return line;
            }
        }
    }

    private IEnumerable<string> Step(StepDefinition step, string number)
    {
        var condition = step.If == Condition.Default ? "" : Quiet($"  if {Short(Condition.Written(step.If))}");
        if (step.Parallel is { } members)
        {
            yield return $"{Quiet(number)} at the same time";
            foreach (var (member, index) in members.Select((member, index) => (member, index)))
            {
                foreach (var line in Step(member, $"  {number}.{index + 1}"))
                {
                    yield return line;
                }
            }

            yield break;
        }

        yield return $"{Quiet(number)} {Short(Name(step))}{(step.Background ? Quiet("  in the background") : "")}{condition}";
    }

    private static string Name(StepDefinition step) => step switch
    {
        { Name: { } name } => Source(name),
        { Uses: { } uses } => uses,
        { Run: { } run } => $"Run {Source(run).TrimStart().Split('\n', 2)[0]}",
        { Wait: { } waited } => $"wait for {string.Join(", ", waited)}",
        { Cancel: { } cancelled } => $"cancel {cancelled}",
        _ => "wait for all steps in the background",
    };

    /// <summary>A line for each key that is there.</summary>
    private IEnumerable<string> Lines(params IEnumerable<(string Key, TemplateToken? Value)> keys) =>
        keys.Where(key => key.Value is not null).Select(key => $"{Quiet(key.Key)} {Short(Source(key.Value!))}");

    /// <summary>Mappings without braces: a line holds one.</summary>
    private static string Source(TemplateToken token) => token is MappingToken mapping
        ? string.Join("; ", mapping.Entries.Select(entry => $"{TemplateReferences.Source(entry.Key)}: {TemplateReferences.Source(entry.Value)}"))
        : TemplateReferences.Source(token);

    private static string Short(string text)
    {
        var line = Printable.Of(text.ReplaceLineEndings(" "));
        return line.Length > LongestLine ? line[..LongestLine] + "…" : line;
    }

    private string Quiet(string words) => terminal.Paint(Tone.Quiet, words);
}
