using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Actions;
using Capstan.Runner.Files;
using Capstan.Runner.Steps;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Caches;

/// <summary>What a step says about its cache, and what is done with it: all that the three actions for caches share. Used from the step's thread.</summary>
internal sealed class JobCache
{
    private readonly StepFrame frame;
    private readonly IReadOnlyList<string> lines;
    private readonly string home;
    private readonly CachePlaces places;

    /// <param name="key">Null: the input's.</param>
    /// <exception cref="StepFailure">An input is missing or wrong.</exception>
    public JobCache(StepFrame frame, GivenInputs inputs, string? key = null)
    {
        this.frame = frame;
        Key = key ?? inputs.Required("key");
        lines = inputs.Lines("path");
        if (lines.Count == 0) throw new StepFailure("Input required and not supplied: path");
        home = frame.Home;
        var settings = frame.Job.Settings;
        places = new CachePlaces(settings.Workspace, settings.Temp, settings.ToolCache, home);
    }

    public string Key { get; }

    private ICacheStore Store => frame.Job.Settings.Caches;

    private string Version => places.VersionOf(lines, frame.Job.Settings.Workspace, home);

    /// <summary>Whether a cache of one key is what another asks for. Source: https://github.com/actions/cache/blob/main/src/utils/actionUtils.ts</summary>
    public static bool IsExact(string key, string? matched) => string.Equals(key, matched, StringComparison.OrdinalIgnoreCase);

    /// <summary>Finds the cache and puts it in its places.</summary>
    /// <param name="lookupOnly">Only finds it.</param>
    /// <returns>The key of the one that was found; null: none, or it could not be had, which is as good.</returns>
    /// <exception cref="StepFailure">A key is none.</exception>
    public async Task<string?> RestoreAsync(IReadOnlyList<string> restoreKeys, bool lookupOnly, CancellationToken cancel)
    {
        IReadOnlyList<string> keys = [Key, .. restoreKeys];
        if (keys.Count > CacheProtocol.MaxKeys) throw new StepFailure($"Key Validation Error: Keys are limited to a maximum of {CacheProtocol.MaxKeys}.");
        foreach (var key in keys) Check(key);
        switch (await Store.LookUpAsync(new CacheLookupRequest(keys, Version), cancel))
        {
            case StoreResult<CacheResponse?>.Done { Value: { } found }:
                frame.Log.Write($"Cache hit for: {found.Key}");
                if (lookupOnly)
                {
                    frame.Log.Write("Lookup only is set - skipping download");
                    return found.Key;
                }

                return await TakeAsync(found, cancel) ? found.Key : null;
            case StoreResult<CacheResponse?>.Refused refused:
                frame.Warn($"Failed to restore: {refused.Message}");
                return null;
            default:
                return null;
        }
    }

    /// <returns>False: it was not saved; why is in the log.</returns>
    /// <exception cref="StepFailure">The key is none.</exception>
    public async Task<bool> SaveAsync(CancellationToken cancel)
    {
        Check(Key);
        var search = new PathSearch(string.Join('\n', lines), frame.Job.Settings.Workspace, home, implicitDescendants: false);
        var paths = search.Find(folders: true, hidden: true, LeftOut, cancel);
        if (paths.Count == 0)
        {
            frame.Log.Write("##[warning]Path Validation Error: Path(s) specified in the action for caching do(es) not exist, hence no cache is being saved.");
            return false;
        }

        switch (await Store.SaveAsync(new ReserveCacheRequest(Key, Version), (stream, stop) => CacheArchive.WriteAsync(stream, paths, places, LeftOut, stop), cancel))
        {
            case StoreResult<CacheResponse>.Done done:
                frame.Log.Write(SizeOf(done.Value));
                frame.Log.Write($"Cache saved with key: {Key}");
                return true;
            case StoreResult<CacheResponse>.Refused { Code: ErrorCodes.CacheExists }:
                frame.Log.Write($"Failed to save: Unable to reserve cache with key {Key}, another job may be creating this cache, or it exists: caches do not change.");
                return false;
            case StoreResult<CacheResponse>.Refused refused:
                frame.Warn($"Failed to save: {refused.Message}");
                return false;
            default:
                return false;
        }
    }

    private void LeftOut(string path) => frame.Warn($"{path} is left out of the cache: its name is no UTF-8");

    private async Task<bool> TakeAsync(CacheResponse found, CancellationToken cancel)
    {
        var incoming = Path.Combine(frame.Job.Settings.Temp, "cache-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using (var file = new HashingStream(new FileStream(incoming, FileMode.CreateNew, FileAccess.Write)))
            {
                // Evicted in between: a miss.
                if (await Store.DownloadAsync(found, file, cancel) is StoreResult<bool>.Refused refused) return Failed(refused.Message);
                if (file.Sha256 != found.Sha256) return Failed($"its SHA-256 is {file.Sha256}, expected was {found.Sha256}");
            }

            frame.Log.Write(SizeOf(found));
            await using var archive = File.OpenRead(incoming);
            await CacheArchive.ExtractAsync(archive, places, cancel);
            frame.Log.Write("Cache restored successfully");
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return Failed(error.Message);
        }
        finally
        {
            File.Delete(incoming);
        }
    }

    /// <summary>A job must do without its cache.</summary>
    private bool Failed(string why)
    {
        frame.Warn($"Failed to restore: {why}");
        return false;
    }

    private static void Check(string key)
    {
        if (key.Length > CacheProtocol.MaxKeyLength) throw new StepFailure($"Key Validation Error: {key} cannot be larger than {CacheProtocol.MaxKeyLength} characters.");
        if (key.Contains(',', StringComparison.Ordinal)) throw new StepFailure($"Key Validation Error: {key} cannot contain commas.");
    }

    private static string SizeOf(CacheResponse cache) => string.Create(CultureInfo.InvariantCulture, $"Cache Size: ~{Math.Round(cache.SizeBytes / 1048576.0)} MB ({cache.SizeBytes} B)");
}
