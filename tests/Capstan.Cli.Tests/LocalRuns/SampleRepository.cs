using System.Diagnostics;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>A git working tree in a temporary folder, made with the real git.</summary>
internal sealed class SampleRepository : IDisposable
{
    public SampleRepository()
    {
        Git("init", "--quiet", "--initial-branch=main");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("capstan-sample-").FullName;

    /// <summary>The folder of this project's solution, above the tests' own.</summary>
    public static string CheckoutOfThisProject()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Capstan.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run in a checkout.");
        }

        return folder;
    }

    public SampleRepository Write(string path, string content)
    {
        var file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return this;
    }

    /// <summary>Writes a workflow file of that name.</summary>
    public SampleRepository Workflow(string name, string content) => Write($".github/workflows/{name}", content);

    /// <summary>Commits everything; answers the commit.</summary>
    public string Commit(string message = "A commit")
    {
        Git("add", "--all");
        Git("commit", "--quiet", "--allow-empty", "-m", message);
        return Git("rev-parse", "HEAD");
    }

    public string Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = Root, UseShellExecute = false, RedirectStandardOutput = true };
        // Neither the machine's nor the user's configuration takes part.
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        foreach (var role in (string[])["AUTHOR", "COMMITTER"])
        {
            start.Environment[$"GIT_{role}_NAME"] = "Ada Lovelace";
            start.Environment[$"GIT_{role}_EMAIL"] = "ada@example.org";
            start.Environment[$"GIT_{role}_DATE"] = "1700000000 +0130";
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.TrimEnd('\n') : throw new InvalidOperationException($"git {string.Join(' ', arguments)} answered {process.ExitCode}");
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
