using Capstan.Contracts;
using Capstan.Runner.Caches;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/cache</c>: restores at its step, saves at the end of a job that succeeded when nothing of exactly its key was there.
/// Source: https://github.com/actions/cache#usage
/// </summary>
internal sealed class CacheAction : CacheRestoreAction
{
    private const string KeyState = "CACHE_KEY";
    private const string MatchedState = "CACHE_RESULT";

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        if (inputs.Find("save-always") is not null)
        {
            frame.Warn("Input 'save-always' has been deprecated: it has no effect. To save after a failure too, use 'actions/cache/restore', and 'actions/cache/save' with 'if: always()'.");
        }

        var use = frame.FindUse();
        use.WantsPost = true;
        use.State[KeyState] = inputs.Required("key");
        if (Restore(frame, inputs) is { } matched) use.State[MatchedState] = matched;
        return Conclusion.Success;
    }

    public override bool HasPost(StepFrame frame, out string? why)
    {
        why = frame.Job.Status == Conclusion.Success ? null : "A cache is saved when the job succeeds.";
        return why is null;
    }

    public override Conclusion RunPost(StepFrame frame, GivenInputs inputs)
    {
        var state = frame.FindUse().State;
        var key = state[KeyState];
        if (JobCache.IsExact(key, state.GetValueOrDefault(MatchedState)))
        {
            frame.Log.Write($"Cache hit occurred on the primary key {key}, not saving cache.");
        }
        else if (CacheSaveAction.HasRef(frame))
        {
            CacheSaveAction.Save(frame, new JobCache(frame, inputs, key));
        }

        return Conclusion.Success;
    }
}
