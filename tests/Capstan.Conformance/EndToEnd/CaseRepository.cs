using System.Diagnostics;

namespace Capstan.Conformance.EndToEnd;

/// <summary>A copy of a case's folder as a git repository with one commit on <c>main</c>; gone when disposed.</summary>
internal sealed class CaseRepository : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("capstan-case-").FullName;

    public CaseRepository(string source)
    {
        Folder = Path.Combine(root, Path.GetFileName(source));
        Copy(source, Folder);
        Git("init", "--quiet", "--initial-branch=main");
        Git("add", "--all", "--force");
        Git("-c", "user.name=Case", "-c", "user.email=case@example.org", "commit", "--quiet", "--message=case");
    }

    public string Folder { get; }

    /// <summary>For what the case uploads; beside the repository.</summary>
    public string Artifacts => Path.Combine(root, ".artifacts");

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }

    private void Git(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = Folder };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"git {string.Join(' ', arguments)} ended with {process.ExitCode} in {Folder}");
        }
    }
}
