using Capstan.Contracts;
using Capstan.Runner.Caches;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Actions;

/// <summary>
/// The built-in <c>actions/cache/restore</c>. Source: https://github.com/actions/cache/tree/main/restore
/// </summary>
internal class CacheRestoreAction : BuiltInAction
{
    protected override IReadOnlySet<string> Known { get; } =
        Inputs("key", "path", "restore-keys", "enableCrossOsArchive", "fail-on-cache-miss", "lookup-only", "upload-chunk-size", "save-always");

    public override Conclusion Run(StepFrame frame, GivenInputs inputs)
    {
        Restore(frame, inputs);
        return Conclusion.Success;
    }

    /// <summary>Restores and sets the outputs; a miss sets no <c>cache-hit</c>, as the real one does.</summary>
    /// <returns>The key of what was restored; null: nothing.</returns>
    /// <exception cref="StepFailure">An input is wrong, or a miss is a failure to this step.</exception>
    protected static string? Restore(StepFrame frame, GivenInputs inputs)
    {
        if (!CacheSaveAction.HasRef(frame)) return null;
        var cache = new JobCache(frame, inputs);
        frame.Record.SetOutput("cache-primary-key", cache.Key);
        var restoreKeys = inputs.Lines("restore-keys");
        var lookupOnly = inputs.Flag("lookup-only", otherwise: false);
        var found = frame.Wait(cancel => cache.RestoreAsync(restoreKeys, lookupOnly, cancel));
        if (found is null)
        {
            if (inputs.Flag("fail-on-cache-miss", otherwise: false))
            {
                throw new StepFailure($"Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: {cache.Key}");
            }

            frame.Log.Write($"Cache not found for input keys: {string.Join(", ", [cache.Key, .. restoreKeys])}");
            return null;
        }

        frame.Record.SetOutput("cache-matched-key", found);
        frame.Record.SetOutput("cache-hit", JobCache.IsExact(cache.Key, found) ? "true" : "false");
        frame.Log.Write(lookupOnly ? $"Cache found and can be restored from key: {found}" : $"Cache restored from key: {found}");
        return found;
    }
}
