using System.CommandLine;
using System.Diagnostics;

namespace Capstan.Cli.Client;

/// <summary>Which repository of the server a command is about: <c>-R OWNER/REPOSITORY</c>, or the one that the working tree's remotes name.</summary>
internal sealed class RepositoryOption
{
    private readonly Option<string?> option = new("--repo", "-R")
    {
        Description = "The repository (default: the one on this server that the working tree's remotes name)",
        HelpName = "OWNER/REPOSITORY",
        Recursive = true,
    };

    /// <summary>On a group it holds for all commands in it.</summary>
    public void AddTo(Command group) => group.Options.Add(option);

    public bool IsGiven(ParseResult parsed) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>The part of the API that is about the repository, without a slash at its end: <c>v1/repos/OWNER/REPOSITORY</c>.</summary>
    public string Path(ParseResult parsed, ServerSettings settings)
    {
        var (owner, repository) = Split(parsed.GetValue(option) ?? FromRemotes(settings, Remotes()));
        return $"v1/repos/{Uri.EscapeDataString(owner)}/{Uri.EscapeDataString(repository)}";
    }

    /// <param name="remotes">As <c>git remote -v</c> prints them.</param>
    internal static string FromRemotes(ServerSettings settings, string remotes)
    {
        foreach (var line in remotes.Split('\n'))
        {
            if (line.Split('\t', ' ') is [_, var url, ..] && settings.Url is { } server && Uri.TryCreate(url, UriKind.Absolute, out var remote)
                && new Uri(server) is var known && remote.Host == known.Host && remote.Port == known.Port && remote.Segments.Length == 3)
            {
                var name = remote.AbsolutePath.Trim('/');
                return name.EndsWith(".git", StringComparison.Ordinal) ? name[..^4] : name;
            }
        }

        throw CommandException.Usage("No repository is named: add -R OWNER/REPOSITORY, or call it in a working tree whose remote is on this server.");
    }

    private static (string Owner, string Repository) Split(string text) => text.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } repository]
        ? (owner, repository)
        : throw CommandException.Usage($"'{text}' is no repository: name it as OWNER/REPOSITORY.");

    private static string Remotes()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["remote", "-v"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var text = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? text : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git here: then nothing names the repository.
            return "";
        }
    }
}
