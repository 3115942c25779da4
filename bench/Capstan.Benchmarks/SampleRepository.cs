namespace Capstan.Benchmarks;

/// <summary>The smallest repository with a workflow of one job and one step.</summary>
internal static class SampleRepository
{
    public const string Script = "echo hello";

    public static async Task CreateAsync(string folder, CancellationToken cancel, string? workflow = null)
    {
        var path = Path.Combine(folder, ".github", "workflows", "ci.yml");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, workflow ?? $"on: [push, workflow_dispatch]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {Script}\n", cancel);
        await GitAsync(folder, cancel, "init", "-q", "-b", "main");
        await GitAsync(folder, cancel, "add", "-A");
        await GitAsync(folder, cancel, "-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "commit", "-q", "-m", "Start");
    }

    public static Task GitAsync(string folder, CancellationToken cancel, params string[] arguments) =>
        WholeProcess.RunAsync("git", arguments, folder, environment: null, cancel);
}
