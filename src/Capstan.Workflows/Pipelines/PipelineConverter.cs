using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Pipelines;

/// <summary>
/// A pipeline's tokens as those of GitHub's language, each at the place where its author wrote it. What reads a workflow reads the result, so ids, conditions, <c>needs</c> and all
/// that comes after them are the same, and so are the diagnostics.
/// </summary>
internal sealed class PipelineConverter(Findings findings)
{
    /// <summary>
    /// Jobs that wait for each other because of their stages, counted in pairs: what ends a file with thousands of jobs in neighbouring stages.
    /// </summary>
    public const int MaxStageNeeds = 100_000;

    /// <param name="pipeline">By <see cref="PipelineSchema"/>.</param>
    public MappingToken Convert(MappingToken pipeline)
    {
        var stages = new PipelineStages(pipeline, findings);
        var jobs = new List<KeyValuePair<TemplateToken, TemplateToken>>();
        foreach (var (id, content) in pipeline.Find("jobs").NamedEntries())
        {
            if (content is MappingToken job)
            {
                jobs.Add(new(id, new PipelineJob(pipeline, id, job, findings).Convert(stages.NeedsOf(id, job))));
            }
        }

        var workflow = new TokenMapping(pipeline.Place);
        workflow.Copy(pipeline, "name", "description", "env");
        workflow.Add("on", Triggers(pipeline));
        workflow.Add(KeyOf(pipeline, "jobs"), "jobs", JobsToken(pipeline, jobs));
        return workflow.Token;
    }

    /// <summary>Where the key of a mapping stands; where the mapping begins if it is not there.</summary>
    internal static Place KeyOf(MappingToken mapping, string key) =>
        mapping.NamedEntries().FirstOrDefault(entry => entry.Key.Value == key)?.Key.Place ?? mapping.Place;

    private static MappingToken JobsToken(MappingToken pipeline, IReadOnlyList<KeyValuePair<TemplateToken, TemplateToken>> jobs) => pipeline.Find("jobs") is MappingToken written
        ? written with { Entries = jobs }
        : new MappingToken(pipeline.Place, jobs) { IsWhole = false, LeftOut = [""] };

    /// <summary>Without the key: everything that a pipeline can be started by.</summary>
    private static MappingToken Triggers(MappingToken pipeline)
    {
        var on = new TokenMapping(pipeline.Find("triggers")?.Place ?? pipeline.Place);
        switch (pipeline.Find("triggers"))
        {
            case null:
                foreach (var (_, name) in PipelineSchema.Triggers)
                    on.Add(name, new NullToken(pipeline.Place));
                break;
            case MappingToken filters:
                foreach (var (word, filter) in filters.NamedEntries())
                    on.Add(word.Place, EventOf(word.Value), filter);
                break;
            case var words:
                foreach (var word in words.TextTokens().DistinctBy(word => word.Value, StringComparer.Ordinal))
                    on.Add(word.Place, EventOf(word.Value), new NullToken(word.Place));
                break;
        }

        return on.Token;
    }

    private static string EventOf(string word) => PipelineSchema.Triggers.First(trigger => trigger.Word == word).Event;
}
