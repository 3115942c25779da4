using Capstan.Workflows.Lint;

namespace Capstan.Workflows.Tests.Lint;

/// <summary>Lints small workflows, and writes findings as <c>line rule/category</c>, one after the other.</summary>
internal static class Linting
{
    public static IReadOnlyList<LintFinding> Findings(string yaml, Dictionary<string, string>? files = null, LintSettings? settings = null) =>
        Linter.Check("ci.yml", yaml, settings ?? LintSettings.Default, files is null ? null : new TextFiles(files));

    public static string Check(string yaml, Dictionary<string, string>? files = null, LintSettings? settings = null) =>
        string.Join(", ", Findings(yaml, files, settings).Select(found => $"{found.Place.Line} {found.Check.Id}").Distinct());

    /// <summary>One job with these steps; the first stands on line 6.</summary>
    public static string CheckSteps(string steps, string on = "push") => Check(Job($"runs-on: ubuntu-latest\nsteps:\n{Indent(steps, 2)}", on));

    /// <summary>One job with these keys; the first stands on line 4.</summary>
    public static string CheckJob(string keys, string on = "push") => Check(Job($"{keys}\nsteps: [ {{ run: make }} ]", on));

    /// <summary>Only events; the first key under <c>on</c> stands on line 2.</summary>
    public static string CheckEvents(string events) => Check($"on:\n{Indent(events, 2)}\njobs: {{ a: {{ runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }} }}");

    /// <summary>The value of <c>run</c> of the only step.</summary>
    public static string CheckRun(string script, string on = "push") => CheckSteps($"- run: {script}", on).Replace("6 ", "", StringComparison.Ordinal);

    private static string Job(string keys, string on) => $"on: {on}\njobs:\n  a:\n{Indent(keys, 4)}";

    private static string Indent(string text, int columns) => string.Join('\n', text.Split('\n').Select(line => new string(' ', columns) + line));

    private sealed class TextFiles(Dictionary<string, string> files) : ILintFiles
    {
        public LintFile? FindAction(string folder) => FindWorkflow($"{folder}/action.yml");

        public LintFile? FindWorkflow(string path) => files.TryGetValue(path, out var text) ? new LintFile(path, text) : null;

        public bool Exists(string path) => files.ContainsKey(path);
    }
}
