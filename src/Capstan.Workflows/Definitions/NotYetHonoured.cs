using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// Keys and events of GitHub's language that this product reads but does not act on yet. What is not honoured only shrinks: whoever teaches the product a key takes its line out, whoever
/// teaches a server an event adds it to those that are fired.
/// </summary>
internal static class NotYetHonoured
{
    /// <summary>Keys without which the workflow still does its work: a warning.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "run-name",
        "permissions",
        "concurrency",
        "jobs.permissions",
        "jobs.concurrency",
        "jobs.cancel-timeout-minutes",
    };

    /// <summary>Keys without which a job would do something else than its author wants: it ends as failure before its first step.</summary>
    private static readonly HashSet<string> Needed = new(StringComparer.Ordinal)
    {
        "jobs.container",
        "jobs.services",
        "jobs.snapshot",
        "jobs.target",
        "jobs.steps.uses: docker://",
    };

    /// <summary>The events that a server starts runs for, and the one by which a workflow is called.</summary>
    private static readonly HashSet<string> Fired = new(StringComparer.Ordinal) { "push", "workflow_call", "workflow_dispatch" };

    /// <summary>Warns about an event that no server notices yet.</summary>
    /// <param name="place">Where it is named.</param>
    public static void WarnEvent(Place place, string name, Findings findings)
    {
        if (!Fired.Contains(name))
            findings.Warning(
                place,
                "not-yet-honoured",
                $"The event '{name}' is not yet honoured: a server starts no run for it; 'capstan run --event {name}' does");
    }

    /// <summary>Warns about a mapping's harmless keys.</summary>
    /// <param name="prefix">Where the mapping stands: empty or <c>jobs.</c></param>
    public static void Warn(string prefix, TemplateToken? mapping, Findings findings)
    {
        foreach (var (key, _) in mapping.NamedEntries())
        {
            if (Harmless.Contains(prefix + key.Value))
                findings.Warning(key.Place, "not-yet-honoured", $"'{key.Value}' is not yet honoured: it is read and has no effect");
        }
    }

    /// <summary>The keys of a mapping that its job cannot do without, at their places.</summary>
    public static void AddNeeded(string prefix, TemplateToken? mapping, List<StringToken> needed)
    {
        foreach (var (key, value) in mapping.NamedEntries())
        {
            if (Needed.Contains(prefix + key.Value))
                needed.Add(key);
            else if (key.Value is "uses" && value is StringToken { Value: var used } && ActionReference.IsDocker(used)
                && Needed.Contains($"{prefix}uses: docker://"))
                needed.Add(key with { Value = "uses: docker://" });
        }
    }
}
