using Capstan.Workflows.Settings;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// What the keys of a concurrency group say together: who waits in a queue cannot cancel what runs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#concurrency
/// </summary>
internal static class ConcurrencyCheck
{
    public static void Run(TemplateToken? concurrency, Findings findings)
    {
        var mapping = concurrency as MappingToken;
        if ((mapping is null ? concurrency : mapping.Find("group")).Text() is { } group && ConcurrencySettings.TooLong(group) is { } tooLong)
            findings.Error(concurrency!.Place, "concurrency", tooLong);
        if (mapping?.Find("queue").Text() is "max" && mapping.Find("cancel-in-progress") is BooleanToken { Value: true } cancel)
            findings.Error(cancel.Place, "concurrency", "'cancel-in-progress: true' and 'queue: max' cannot be used together");
    }
}
