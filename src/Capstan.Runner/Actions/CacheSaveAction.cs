using Capstan.Contracts;
using Capstan.Runner.Caches;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/cache/save</c>. What keeps it from saving is said and fails nothing.
/// Source: https://github.com/actions/cache/tree/main/save
/// </summary>
internal sealed class CacheSaveAction : BuiltInAction
{
    protected override IReadOnlySet<string> Known { get; } = Inputs("key", "path", "enableCrossOsArchive", "upload-chunk-size");

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        if (HasRef(frame) && !Save(frame, new JobCache(frame, inputs))) frame.Warn("Cache save failed.");
        return Conclusion.Success;
    }

    /// <returns>False: it was not saved; why is in the log.</returns>
    public static bool Save(StepFrame frame, JobCache cache)
    {
        try
        {
            return frame.Wait(cache.SaveAsync);
        }
        catch (Exception error) when (error is StepFailure or IOException or UnauthorizedAccessException)
        {
            frame.Log.Write("##[warning]" + error.Message);
            return false;
        }
    }

    /// <summary>Caches belong to refs.</summary>
    /// <returns>False: the run has none, and the log says so.</returns>
    public static bool HasRef(StepFrame frame)
    {
        if (frame.Job.Contexts.TextOf("github", "ref") is { Length: > 0 }) return true;
        frame.Log.Write($"##[warning]Event Validation Error: The event type {frame.Job.Contexts.TextOf("github", "event_name")} is not supported because it's not tied to a branch or tag ref.");
        return false;
    }
}
