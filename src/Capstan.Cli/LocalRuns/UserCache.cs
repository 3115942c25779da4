namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>capstan run</c> keeps between runs: <c>~/.cache/capstan</c>, or where <c>XDG_CACHE_HOME</c> says.</summary>
internal static class UserCache
{
    /// <summary>Absolute; it need not exist. Source: https://specifications.freedesktop.org/basedir-spec/latest/</summary>
    public static string Folder(params string[] names)
    {
        var given = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        var caches = Path.IsPathFullyQualified(given ?? "") ? given! : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine([caches, "capstan", .. names]);
    }
}
