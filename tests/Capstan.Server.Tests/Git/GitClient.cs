using System.Diagnostics;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Git;

/// <summary>The real <c>git</c> in a folder of its own, with no configuration but what a test gives it.</summary>
public sealed class GitClient : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string Folder => folder.Path;

    public void Dispose() => folder.Dispose();

    /// <summary>Runs git and returns what it wrote to its standard output; fails the test when git fails.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var result = await TryAsync(arguments);
        Assert.True(result.ExitCode == 0, $"git {string.Join(' ', arguments)} ended with {result.ExitCode}:\n{result.Output}{result.Error}");
        return result.Output.Trim();
    }

    public async Task<GitResult> TryAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new GitResult(process.ExitCode, await output, await error);
    }

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in new (string, string)[]
        {
            ("HOME", folder.Path), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C.UTF-8"),
            ("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org"), ("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        })
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Writes a file and commits it.</summary>
    /// <returns>The commit's name.</returns>
    public async Task<string> CommitAsync(string path, string content, string? message = null)
    {
        var file = Path.Combine(folder.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, content);
        await RunAsync("add", "--all");
        await RunAsync("commit", "--quiet", "--message", message ?? $"Change {path}");
        return await HeadAsync();
    }

    public Task<string> HeadAsync() => RunAsync("rev-parse", "HEAD");
}

public sealed record GitResult(int ExitCode, string Output, string Error);
