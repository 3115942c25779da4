using Capstan.Cli.Terminals;
using Capstan.Workflows.Lint;

namespace Capstan.Cli.Language.Lint;

/// <summary>The files around the workflows that are checked. Not thread-safe.</summary>
internal sealed class LintRepository(string root) : ILintFiles
{
    /// <summary>A workflow names what is read: a manifest or workflow is never this long.</summary>
    private const long MaxLength = 1024 * 1024;

    private static readonly string[] SettingsFiles = [".github/actionlint.yaml", ".github/actionlint.yml", "actionlint.yaml", "actionlint.yml"];

    private LintSettings? settings;

    public string Root { get; } = root;

    /// <summary>What the repository says about itself; mistakes in that are told once.</summary>
    public LintSettings Settings(Terminal terminal)
    {
        if (settings is not null)
            return settings;
        if (SettingsFiles.Select(Read).FirstOrDefault(found => found is not null) is not { } file)
            return settings = LintSettings.Default;

        (settings, var mistakes) = LintSettingsReader.Read(file.Text);
        foreach (var mistake in mistakes)
            terminal.Error($"{file.Path}: {mistake}");
        return settings;
    }

    public LintFile? FindAction(string folder) => Read(Join(folder, "action.yml")) ?? Read(Join(folder, "action.yaml"));

    public LintFile? FindWorkflow(string path) => Read(path);

    public bool Exists(string path) => Inside(path) is { } full && File.Exists(full);

    private static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    private LintFile? Read(string path)
    {
        if (Inside(path) is not { } full)
            return null;
        try
        {
            var file = new FileInfo(full);
            return file.Exists && file.Length <= MaxLength ? new LintFile(path, File.ReadAllText(full)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The path in full; null for one that leads out of the repository.</summary>
    private string? Inside(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
            return null;
        var full = Path.GetFullPath(path, Root);
        return full.StartsWith(Root.TrimEnd('/') + "/", StringComparison.Ordinal) ? full : null;
    }
}
