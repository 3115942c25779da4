namespace Capstan.Runner.Checkout;

/// <summary>The token of one checkout: for its own runs of git, for those that git starts in submodules, and, where that was asked for, for later steps.</summary>
/// <param name="url">Of the server, without a slash at its end.</param>
/// <param name="token">Empty: there is none.</param>
/// <param name="temp">A folder of the job's own.</param>
internal sealed class GitCredentials(string url, string token, string temp) : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private string? file;

    /// <summary>Null when there is no token.</summary>
    public string? SettingName => token.Length > 0 ? GitEnvironment.Authorization(url, token).Name : null;

    /// <summary>The empty one takes away what configuration files say, else both headers are sent and the server takes none.</summary>
    public IEnumerable<(string Name, string Value)> Settings => SettingName is { } name ? [(name, ""), GitEnvironment.Authorization(url, token)] : [];

    private string Section => token.Length == 0 ? "" : $"[http {Quoted(url + "/")}]\n\textraheader = {Quoted(GitEnvironment.Header(token))}\n";

    /// <summary>A file with the same settings, readable by the job's user, until this is disposed. Addresses of the server over SSH become such over HTTP, which a token opens.</summary>
    public string ConfigurationFile()
    {
        if (file is not null) return file;
        var path = Path.Combine(temp, $"git-{Guid.NewGuid():N}.config");
        using (var writer = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            writer.Write("[safe]\n\tdirectory = *\n" + Section);
            if (Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Host.Length > 0)
            {
                writer.Write($"[url {Quoted(url + "/")}]\n\tinsteadOf = {Quoted($"git@{address.Host}:")}\n\tinsteadOf = {Quoted($"ssh://git@{address.Host}/")}\n");
            }
        }

        return file = path;
    }

    /// <summary>Leaves the token in configuration files of repositories, for the git of later steps.</summary>
    /// <returns>Null when there is no token.</returns>
    public KeptCredentials? Keep(IReadOnlyList<string> files)
    {
        if (SettingName is not { } name) return null;
        foreach (var config in files) File.AppendAllText(config, Section);
        return new KeptCredentials(name, files);
    }

    public void Dispose()
    {
        if (file is not null) File.Delete(file);
    }

    /// <summary>A value or subsection as git's configuration files quote it.</summary>
    public static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
