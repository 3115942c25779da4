using System.Text.Json;
using Capstan.Workflows.Lint;

namespace Capstan.Conformance;

/// <summary>
/// Workflows and small repositories with the findings of a reference linter. What counts is the set of file, line and rule; a finding of the reference that has
/// no line matches any of its rule.
/// Cases that need another program are left out.
/// </summary>
public sealed class LintCorpus : ICorpus
{
    public string Name => "lint";

    public IEnumerable<CaseResult> Run(string folder)
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        foreach (var @case in index.RootElement.GetProperty("cases").EnumerateArray())
        {
            var id = @case.GetProperty("id").GetString()!;
            var needsTool = @case.TryGetProperty("needs_tool", out var tool) && tool.ValueKind != JsonValueKind.Null && tool.ValueKind != JsonValueKind.False;
            yield return needsTool
                ? new CaseResult(id, CaseOutcome.Skipped)
                : RunCase(folder, id, @case.GetProperty("input").GetString()!);
        }
    }

    private static CaseResult RunCase(string folder, string id, string input)
    {
        try
        {
            var path = Path.Combine(folder, input);
            var findings = Directory.Exists(path) ? LintRepository(path) : LintFile(path);
            return CaseResult.Of(id, Difference(Expected(Path.Combine(folder, id + ".expected.json")), findings));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return CaseResult.Of(id, $"threw {exception}");
        }
    }

    /// <summary>A file in the repository that its folder is.</summary>
    private static IReadOnlyList<LintFinding> LintFile(string path) =>
        Linter.Check(Path.GetFileName(path), File.ReadAllText(path), LintSettings.Default, new RepositoryFiles(Path.GetDirectoryName(path)!));

    private static IReadOnlyList<LintFinding> LintRepository(string root)
    {
        var settings = Path.Combine(root, "actionlint.yaml");
        var read = File.Exists(settings) ? LintSettingsReader.Read(File.ReadAllText(settings)).Settings : LintSettings.Default;
        var files = new RepositoryFiles(root);
        return
        [
            .. Directory.EnumerateFiles(Path.Combine(root, "workflows"), "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".yml" or ".yaml")
                .Select(file => Path.GetRelativePath(root, file))
                .SelectMany(name => Linter.Check(name, File.ReadAllText(Path.Combine(root, name)), read, files)),
        ];
    }

    private static List<(string File, int Line, string[] Rules)> Expected(string file)
    {
        if (!File.Exists(file))
            return [];
        using var expected = JsonDocument.Parse(File.ReadAllBytes(file));
        return
        [
            .. expected.RootElement.GetProperty("findings").EnumerateArray().Select(finding =>
            {
                var rule = finding.GetProperty("rule");
                string[] rules = rule.ValueKind == JsonValueKind.Array ? [.. rule.EnumerateArray().Select(name => name.GetString()!)] : [rule.GetString()!];
                return (finding.GetProperty("file").GetString()!, finding.GetProperty("line").GetInt32(), rules);
            }),
        ];
    }

    private static string? Difference(List<(string File, int Line, string[] Rules)> expected, IReadOnlyList<LintFinding> found)
    {
        var missing = expected.Where(one => !found.Any(finding => Matches(one, finding)))
            .Select(one => $"{one.File}:{one.Line} {string.Join('|', one.Rules)}").Distinct().ToList();
        var extra = found.Where(finding => !expected.Exists(one => Matches(one, finding)))
            .Select(finding => $"{finding.File}:{finding.Place} {finding.Check.Id} ({finding.Message})").ToList();
        return missing.Count + extra.Count == 0 ? null : $"missing [{string.Join(", ", missing)}], too much [{string.Join(", ", extra)}]";
    }

    private static bool Matches((string File, int Line, string[] Rules) expected, LintFinding found) =>
        expected.File == found.File && (expected.Line == found.Place.Line || expected.Line == 0) && expected.Rules.Contains(found.Check.Rule);

    private sealed class RepositoryFiles(string root) : ILintFiles
    {
        public LintFile? FindAction(string folder) => Read($"{folder}/action.yml") ?? Read($"{folder}/action.yaml");

        public LintFile? FindWorkflow(string path) => Read(path);

        public bool Exists(string path) => File.Exists(Path.Combine(root, path));

        private LintFile? Read(string path) => Exists(path) ? new LintFile(path, File.ReadAllText(Path.Combine(root, path))) : null;
    }
}
