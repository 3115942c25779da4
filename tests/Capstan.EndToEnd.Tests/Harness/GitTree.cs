namespace Capstan.EndToEnd.Tests.Harness;

/// <summary>A working tree that the real git works on.</summary>
internal sealed record GitTree(string Folder)
{
    public static async Task<GitTree> CreateAsync(string folder, IEnumerable<(string Path, string Content)> files)
    {
        Directory.CreateDirectory(folder);
        var tree = new GitTree(folder);
        await tree.GitAsync("init", "-q", "-b", "main");
        await tree.CommitAsync([.. files]);
        return tree;
    }

    public async Task CommitAsync(params (string Path, string Content)[] files)
    {
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(Folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content);
        }

        await GitAsync("add", "-A");
        await GitAsync("-c", "user.name=Ann", "-c", "user.email=ann@example.invalid", "commit", "-q", "--allow-empty", "-m", "A change");
    }

    public async Task<string> HeadAsync() => (await GitAsync("rev-parse", "HEAD")).Output.Trim();

    public Task<CommandResult> PushAsync(string url, string refs = "main") => Command.RunAsync("git", ["push", "-q", url, refs], workingDirectory: Folder);

    public async Task<CommandResult> GitAsync(params string[] arguments) => (await Command.RunAsync("git", arguments, workingDirectory: Folder)).Good();
}
