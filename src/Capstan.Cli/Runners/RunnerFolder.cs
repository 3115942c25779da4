namespace Capstan.Cli.Runners;

/// <summary>Where a runner on this machine keeps what is its own. One runner a folder.</summary>
/// <param name="Root">Absolute.</param>
internal sealed record RunnerFolder(string Root)
{
    private const string RootsFolder = "/var/lib/capstan-runner";

    /// <summary>Its credential, readable by its user only.</summary>
    public string RegistrationFile => Path.Combine(Root, "registration.json");

    /// <summary>HOME of the bundled runner's jobs.</summary>
    public string HomeFolder => Path.Combine(Root, "home");

    public string WorkFolder => Path.Combine(Root, "work");

    /// <param name="given">As typed; null for the usual place.</param>
    public static RunnerFolder Of(string? given, Func<string, string?> environment)
    {
        if (given is not null)
        {
            return new RunnerFolder(Path.GetFullPath(given));
        }

        if (Environment.IsPrivilegedProcess)
        {
            return new RunnerFolder(RootsFolder);
        }

        return environment("XDG_DATA_HOME") is { Length: > 0 } configured
            ? new RunnerFolder(Path.Combine(configured, "capstan-runner"))
            : new RunnerFolder(Path.Combine(environment("HOME") ?? throw CommandException.Usage("HOME is not set: name a folder with --folder."), ".local", "share", "capstan-runner"));
    }
}
