using Capstan.Runner.Steps;
using Capstan.Workflows.Settings;

namespace Capstan.Runner.Jobs;

/// <summary>
/// The <c>url</c> of a job's environment: its author says it, and steps may have found it out, so it is evaluated when they have ended.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idenvironment
/// </summary>
internal static class EnvironmentAddress
{
    /// <returns>Null: none is given, or one that cannot be shown, of which a warning says why.</returns>
    /// <exception cref="StepFailure">It cannot be evaluated.</exception>
    public static string? Of(JobState job)
    {
        if (job.Plan.Job.Environment is not { } environment || job.Cancellation.Killed) return null;
        var contexts = new StepContexts(job, job.Scope, action: "", new Dictionary<string, string>(StringComparer.Ordinal));
        var settings = EnvironmentSettings.Evaluate(environment, contexts.ToEvaluation(), job.Plan.File);
        // Whoever gave this job away has evaluated the name, and would have refused the job for a wrong one.
        if (settings.Value is not { Name.Length: > 0, Url: { } token } known) return null;
        var url = new TokenReader(job.Plan.File, contexts).Text(token);
        if (url.Length == 0) return null;
        if (job.Masks.Mask(url) != url) return Skip(job, $"Skip setting environment url as environment '{known.Name}' may contain secret.");
        if (!EnvironmentSettings.IsAddress(url)) return Skip(job, $"Skip setting environment url as environment '{known.Name}': '{url}' is no http or https address.");
        job.Log.Write("Evaluated environment url: " + url);
        return url;
    }

    private static string? Skip(JobState job, string why)
    {
        job.Log.Write("##[warning]" + why);
        job.Annotations.Add(0, Annotations.Warning, why);
        return null;
    }
}
