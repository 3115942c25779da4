using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Pipelines;

/// <summary>
/// The order of stages as <c>needs</c>: a job that does not say what it needs waits for all jobs of the stage before its own. Stages without jobs are passed
/// over.
/// </summary>
internal sealed class PipelineStages
{
    private readonly Findings findings;
    private readonly List<StringToken> stages;

    /// <summary>The position of each stage.</summary>
    private readonly Dictionary<string, int> positions = new(StringComparer.Ordinal);

    /// <summary>The stage of each job that has one, by its id.</summary>
    private readonly Dictionary<string, int> stageOf = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The jobs of each stage, in the order of the file.</summary>
    private readonly List<StringToken>[] jobsOf;

    private readonly MappingToken pipeline;

    private int derived;

    public PipelineStages(MappingToken pipeline, Findings findings)
    {
        this.findings = findings;
        this.pipeline = pipeline;
        stages = [.. pipeline.Find("stages").TextTokens()];
        foreach (var stage in stages)
        {
            if (!positions.TryAdd(stage.Value, positions.Count))
                findings.Error(stage.Place, "stage", $"The stage '{Suggestion.Show(stage.Value)}' is named twice");
        }

        jobsOf = [.. positions.Select(_ => new List<StringToken>())];
        foreach (var (id, content) in pipeline.Find("jobs").NamedEntries())
        {
            if (content is MappingToken job && StageOf(id, job) is { } position)
            {
                stageOf.TryAdd(id.Value, position);
                jobsOf[position].Add(id);
            }
        }

        // A job that was refused may be the one of this stage.
        foreach (var stage in stages.Where(stage => pipeline.Find("jobs") is MappingToken { IsWhole: true } && jobsOf[positions[stage.Value]].Count == 0))
            findings.Warning(stage.Place, "stage", $"The stage '{Suggestion.Show(stage.Value)}' has no jobs, so it is passed over");
    }

    /// <summary>The value of <c>needs</c>: as written, or what the stage makes of it; null for nothing.</summary>
    public TemplateToken? NeedsOf(StringToken id, MappingToken job)
    {
        if (!stageOf.TryGetValue(id.Value, out var position))
            return job.Find("needs");
        if (job.Find("needs") is { } written)
        {
            CheckOrder(id, position, written);
            return written;
        }

        var before = position - 1;
        while (before >= 0 && jobsOf[before].Count == 0)
            before--;
        if (before < 0)
            return null;
        derived += jobsOf[before].Count;
        if (derived > PipelineConverter.MaxStageNeeds)
        {
            // Said once: every further job would say the same.
            if (derived - jobsOf[before].Count <= PipelineConverter.MaxStageNeeds)
                findings.Error(id.Place, "stage", $"The stages make more than {PipelineConverter.MaxStageNeeds} dependencies between jobs");
            return null;
        }

        var place = job.Find("stage")!.Place;
        return new SequenceToken(place, [.. jobsOf[before].Select(needed => new StringToken(place, needed.Value))]);
    }

    /// <summary>Else the stage that a job names may be one that was refused.</summary>
    private bool AreAllStagesKnown => pipeline.Find("stages") is StringToken or SequenceToken { IsWhole: true };

    private int? StageOf(StringToken id, MappingToken job)
    {
        switch (job.Find("stage"))
        {
            case StringToken stage when pipeline.Lacks("stages"):
                findings.Error(
                    stage.Place,
                    "stage",
                    $"Job '{id.Value}' has the stage '{Suggestion.Show(stage.Value)}', and the pipeline names no stages: add 'stages' with their order");
                return null;
            case StringToken stage when positions.TryGetValue(stage.Value, out var position):
                return position;
            case StringToken when findings.IsFull(Severity.Error):
                return null;
            case StringToken stage when AreAllStagesKnown:
                findings.Error(
                    stage.Place,
                    "stage",
                    $"Job '{id.Value}' has the unknown stage '{Suggestion.Show(stage.Value)}'{Suggestion.For(stage.Value, positions.Keys)}");
                return null;
            default:
                if (pipeline.Find("stages") is not null && job.Lacks("stage"))
                    findings.Error(id.Place, "stage", $"Job '{id.Value}' has no 'stage'{Suggestion.For("", positions.Keys)}");
                return null;
        }
    }

    /// <summary>A job cannot wait for one whose stage comes after its own.</summary>
    private void CheckOrder(StringToken id, int position, TemplateToken needs)
    {
        foreach (var need in needs.TextTokens())
        {
            if (stageOf.TryGetValue(need.Value, out var needed) && needed > position)
                findings.Error(
                    need.Place,
                    "needs",
                    $"Job '{id.Value}' of the stage '{stages[position].Value}' cannot need '{need.Value}': its stage '{stages[needed].Value}' comes later");
        }
    }
}
