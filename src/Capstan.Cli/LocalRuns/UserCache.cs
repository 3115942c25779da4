namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>capstan run</c> keeps between runs: <c>~/.cache/capstan</c>.</summary>
internal static class UserCache
{
    /// <summary>Absolute; it need not exist.</summary>
    public static string Folder(params string[] names) =>
        Path.Combine([Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "capstan", .. names]);
}
