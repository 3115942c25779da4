using Capstan.Runner.Commands;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Steps;

/// <summary>
/// Builds the environment of a step's processes from nothing: what is passed from this machine, the env of workflow, job, GITHUB_ENV, using steps and step (later wins), then
/// the default variables, which nobody can override but for CI: builds that must not know of it say <c>CI: false</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
/// </summary>
internal static class StepEnvironment
{
    public static Dictionary<string, string> Build(StepFrame frame, StepFiles? files)
    {
        var job = frame.Job;
        var result = new Dictionary<string, string>(job.Settings.BaseEnvironment, StringComparer.Ordinal) { ["CI"] = "true" };
        foreach (var (name, value) in frame.Contexts.MergedEnv()) result[name] = value;
        foreach (var (name, value) in job.Contexts.Variables) result[name] = value;
        result["GITHUB_ACTION"] = frame.Action;
        result["GITHUB_ACTION_REPOSITORY"] = frame.Origin?.Name ?? "";
        result["GITHUB_ACTION_REF"] = frame.Origin?.Ref ?? "";
        if (frame.Scope.ActionPath is { } path) result["GITHUB_ACTION_PATH"] = path;
        if (files is not null)
        {
            result["GITHUB_OUTPUT"] = files.Output;
            result["GITHUB_ENV"] = files.Env;
            result["GITHUB_PATH"] = files.Path;
            result["GITHUB_STATE"] = files.State;
            result["GITHUB_STEP_SUMMARY"] = files.Summary;
            result["GITHUB_ARTIFACTS"] = files.Artifacts;
            result["GITHUB_ARTIFACTS_LIST"] = files.ArtifactsList;
        }

        result[JobProcesses.TrackingVariable] = job.Processes.TrackingOf(frame.Number);
        result["PATH"] = frame.Variables.PathFor(result);
        return result;
    }
}
