using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// One job from its tokens.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobs
/// </summary>
internal sealed class JobConverter(Findings findings, ResultSize size)
{
    private readonly MatrixCheck matrices = new(findings, size);

    public JobDefinition Convert(StringToken id, MappingToken job)
    {
        NotYetHonoured.Warn("jobs.", job, findings);
        ConcurrencyCheck.Run(job.Find("concurrency"), findings);
        SnapshotCheck.Run(job.Find("snapshot"), findings);
        RunnerGroupCheck.Run(job.Find("runs-on"), findings);
        var needs = NeedsOf(job);
        var uses = job.Find("uses") as StringToken;
        if (uses is not null)
            UsesCheck.CheckWorkflow(uses, findings);
        var strategy = job.Find("strategy") is { } token ? StrategyDefinition.Of(token) : null;
        matrices.Run(strategy);
        ContainerCheck.Run(job, findings);
        var steps = uses is null ? new StepConverter(findings, ExpressionRules.StepIf).Convert(job.Find("steps")) : [];
        return new JobDefinition
        {
            Id = id.Value,
            Place = id.Place,
            Name = job.Find("name"),
            Needs = needs.ConvertAll(need => need.Value),
            NeedsPlaces = PlacesOf(needs),
            If = ConditionReader.Read(job.Find("if"), ExpressionRules.JobIf, findings),
            IfPlace = job.Find("if")?.Place ?? default,
            Strategy = strategy,
            RunsOn = job.Find("runs-on"),
            Permissions = job.Find("permissions"),
            Environment = job.Find("environment"),
            Concurrency = job.Find("concurrency"),
            Outputs = job.Find("outputs"),
            Env = job.Find("env"),
            Defaults = job.Find("defaults"),
            ContinueOnError = job.Find("continue-on-error"),
            TimeoutMinutes = job.Find("timeout-minutes"),
            CancelTimeoutMinutes = job.Find("cancel-timeout-minutes"),
            Container = job.Find("container"),
            Services = job.Find("services"),
            Snapshot = job.Find("snapshot"),
            // 'type', 'stage' and 'target' are keys of pipelines only: GitHub's schema lets none of them through.
            Type = job.Find("type").Text(),
            Stage = job.Find("stage").Text(),
            Target = job.Find("target"),
            Uses = uses?.Value,
            UsesPlace = uses?.Place ?? default,
            With = job.Find("with"),
            Secrets = job.Find("secrets"),
            Steps = steps,
            NotYetExecuted = NotYetExecuted(job),
        };
    }

    private static List<StringToken> NeedsOf(MappingToken job)
    {
        var needs = new List<StringToken>();
        var known = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var need in job.Find("needs").TextTokens())
        {
            if (known.Add(need.Value))
                needs.Add(need);
        }

        return needs;
    }

    private static Place[] PlacesOf(List<StringToken> tokens)
    {
        var places = new Place[tokens.Count];
        for (var index = 0; index < places.Length; index++)
            places[index] = tokens[index].Place;
        return places;
    }

    /// <summary>By place. Most jobs have none.</summary>
    private static KeyAtPlace[] NotYetExecuted(MappingToken job)
    {
        var keys = new List<StringToken>();
        NotYetHonoured.AddNeeded("jobs.", job, keys);
        AddNeededOfSteps(job.Find("steps"), keys);
        return keys.Count == 0 ? [] : InOrder(keys);
    }

    private static KeyAtPlace[] InOrder(List<StringToken> keys) =>
        [.. keys.OrderBy(key => key.Place.Line).ThenBy(key => key.Place.Column).Select(key => new KeyAtPlace(key.Value, key.Place))];

    private static void AddNeededOfSteps(TemplateToken? steps, List<StringToken> keys)
    {
        if (steps is not SequenceToken sequence)
            return;
        foreach (var step in sequence.Items)
        {
            NotYetHonoured.AddNeeded("jobs.steps.", step, keys);
            AddNeededOfSteps((step as MappingToken)?.Find("parallel"), keys);
        }
    }
}
