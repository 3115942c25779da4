using Capstan.Workflows.Settings;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// What the keys of a concurrency group say together: who waits in a queue cannot cancel what runs, and a job cannot wait for the run that it is part of.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#concurrency
/// </summary>
internal static class ConcurrencyCheck
{
    public static void Run(TemplateToken? concurrency, Findings findings)
    {
        var mapping = concurrency as MappingToken;
        if (GroupOf(concurrency) is { Value: var group } && ConcurrencySettings.TooLong(group) is { } tooLong)
            findings.Error(concurrency!.Place, "concurrency", tooLong);
        if (mapping?.Find("queue").Text() is "max" && mapping.Find("cancel-in-progress") is BooleanToken { Value: true } cancel)
            findings.Error(cancel.Place, "concurrency", "'cancel-in-progress: true' and 'queue: max' cannot be used together");
    }

    /// <summary>Warns of a job that is in the group of its own workflow, as far as both are texts.</summary>
    public static void WarnOfDeadlock(TemplateToken? ofWorkflow, TemplateToken? ofJob, Findings findings)
    {
        if (GroupOf(ofWorkflow) is { } outer && GroupOf(ofJob) is { } inner && string.Equals(outer.Value, inner.Value, StringComparison.OrdinalIgnoreCase))
            findings.Warning(
                inner.Place,
                "deadlock",
                $"The workflow has the concurrency group '{Suggestion.Show(inner.Value)}' too (line {outer.Place.Line}): the job waits for its own run, which cannot end without it. "
                + "Give one of them another group");
    }

    private static StringToken? GroupOf(TemplateToken? concurrency) => (concurrency is MappingToken mapping ? mapping.Find("group") : concurrency) as StringToken;
}
