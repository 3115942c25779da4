namespace Capstan.Benchmarks;

/// <summary>The smallest repository with a workflow.</summary>
internal static class SampleRepository
{
    public const string Script = "echo hello";

    public static async Task CreateAsync(string folder, string workflow, CancellationToken cancel)
    {
        var path = Path.Combine(folder, ".github", "workflows", "ci.yml");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, workflow, cancel);
        await GitAsync(folder, cancel, "init", "-q", "-b", "main");
        await GitAsync(folder, cancel, "add", "-A");
        await GitAsync(folder, cancel, "-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "commit", "-q", "-m", "Start");
    }

    public static Task GitAsync(string folder, CancellationToken cancel, params string[] arguments) =>
        WholeProcess.RunAsync("git", arguments, folder, environment: null, cancel);
}
