using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Document;

/// <summary>
/// A workflow file as its nodes, whatever is wrong in it: the language's own definitions leave out what they refuse, and rules still have something to say
/// about the rest.
/// </summary>
internal sealed class WorkflowDocument
{
    public WorkflowDocument(string file, YamlNode root)
    {
        File = file;
        Root = root;
        Events = [.. ReadEvents(root.Find("on")?.Value)];
        Jobs = [.. root.Find("jobs")?.Value.Entries().Select(entry => new JobNode(entry)) ?? []];
        JobsById = Jobs.ToDictionary(job => job.Name, StringComparer.OrdinalIgnoreCase);
        Walk = new DocumentWalk(this);
    }

    public string File { get; }

    public YamlNode Root { get; }

    public IReadOnlyList<EventNode> Events { get; }

    public IReadOnlyList<JobNode> Jobs { get; }

    public IReadOnlyDictionary<string, JobNode> JobsById { get; }

    /// <summary>Every value of the file with what the language's table says about its place.</summary>
    public DocumentWalk Walk { get; }

    public EventNode? FindEvent(string name) => Events.FirstOrDefault(known => known.Name.Text == name);

    private static IEnumerable<EventNode> ReadEvents(YamlNode? on) => on is YamlMapping
        ? on.Entries().Select(entry => new EventNode(entry.Key, entry.Value))
        : on.OneOrMany().Select(name => new EventNode(name, null));
}

/// <param name="Content">What stands under the event; null when it is only named.</param>
internal sealed record EventNode(YamlScalar Name, YamlNode? Content);

/// <summary>An entry of <c>jobs</c>.</summary>
internal sealed class JobNode
{
    public JobNode(Entry entry)
    {
        Id = entry.Key;
        Body = entry.Value;
        Uses = Body.Find("uses");
        Needs = [.. Body.Find("needs")?.Value.OneOrMany() ?? []];
        Steps = [.. ReadSteps(Body.Find("steps")?.Value)];
    }

    public YamlScalar Id { get; }

    public string Name => Id.Text;

    public YamlNode Body { get; }

    /// <summary>Set for a job that calls a workflow.</summary>
    public Entry? Uses { get; }

    public IReadOnlyList<YamlScalar> Needs { get; }

    /// <summary>In the order of the file, those of a parallel group one after the other.</summary>
    public IReadOnlyList<StepNode> Steps { get; }

    public YamlNode? Matrix => Body.Find("strategy")?.Value.Find("matrix")?.Value;

    private static IEnumerable<StepNode> ReadSteps(YamlNode? steps)
    {
        var index = 0;
        foreach (var body in steps.Items())
        {
            if (body.Find("parallel") is { } group)
            {
                foreach (var member in group.Value.Items())
                    yield return new StepNode(member, index++);
            }
            else
            {
                yield return new StepNode(body, index++);
            }
        }
    }
}

/// <param name="Index">0-based, among all steps of the job.</param>
internal sealed record StepNode(YamlNode Body, int Index)
{
    public YamlScalar? Id => Body.Find("id")?.Value as YamlScalar;

    public YamlScalar? Run => Body.Find("run")?.Value as YamlScalar;

    public YamlScalar? Uses => Body.Find("uses")?.Value as YamlScalar;

    public YamlNode? With => Body.Find("with")?.Value;
}
