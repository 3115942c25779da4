namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>capstan run</c> keeps between runs: <c>~/.cache/capstan</c>, or where <c>XDG_CACHE_HOME</c> says.</summary>
internal static class UserCache
{
    /// <summary>Absolute; it need not exist. Source: https://specifications.freedesktop.org/basedir-spec/latest/</summary>
    public static string Folder(params string[] names)
    {
        var given = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        var caches = Path.IsPathFullyQualified(given ?? "") ? given! : Path.Combine(Home(), ".cache");
        return Path.Combine([caches, "capstan", .. names]);
    }

    /// <summary>.NET would say the same, unless there is no such folder; it takes a millisecond.</summary>
    private static string Home() =>
        Environment.GetEnvironmentVariable("HOME") is { } home && Path.IsPathFullyQualified(home) ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
