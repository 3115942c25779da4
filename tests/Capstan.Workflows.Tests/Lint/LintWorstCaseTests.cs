using Capstan.Testing;
using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

/// <summary>Files near the limit of 1 MiB in which a rule would look at one long list as often as another list is long.</summary>
public sealed class LintWorstCaseTests
{
    /// <summary>Of the processor. Far above what the slowest needs: what it catches is a product of two lengths, which takes minutes.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private const string Head = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n";

    [Theory]
    [InlineData("too large by its aliases, behind a thousand errors", 1000)]
    [InlineData("labels that all name one vector", 900)]
    [InlineData("labels that each name a vector of their own", 1000)]
    [InlineData("steps that lack the inputs of an action", 1000)]
    [InlineData("steps that give none of the inputs they may", 0)]
    [InlineData("calls that lack the inputs of a workflow", 1000)]
    [InlineData("calls that give none of the inputs they may", 0)]
    public void Linting_ends_in_time(string kind, int expected) => EndsInTime(kind, expected, LintSettings.Default);

    /// <summary>What is ignored beyond the limit is told, and so ends what would be looked for in vain.</summary>
    [Theory]
    [InlineData("anchors of one line that nothing uses", 1000)]
    [InlineData("needs of one line that are no jobs", 1000)]
    [InlineData("labels that each name a vector of their own", 1000)]
    [InlineData("steps that lack the inputs of an action", 1000)]
    [InlineData("calls that lack the inputs of a workflow", 1000)]
    public void Linting_ends_in_time_when_all_is_ignored(string kind, int expected) =>
        EndsInTime(kind, expected, LintSettingsReader.Read("paths: { '*.yml': { ignore: ['.'] } }").Settings);

    private static void EndsInTime(string kind, int expected, LintSettings settings)
    {
        var yaml = Build(kind);
        Assert.InRange(yaml.Length, 300_000, 1024 * 1024);
        var repository = new OneFile(Declaring(required: kind.Contains("lack", StringComparison.Ordinal)));
        var watch = ThreadWatch.StartNew();

        var found = Linter.Check("w.yml", yaml, settings, repository);

        Assert.True(watch.Elapsed < Limit, $"{kind}: {watch.Elapsed}");
        Assert.InRange(found.Count, expected, expected + 2);
    }

    private static string Build(string kind) => kind switch
    {
        "too large by its aliases, behind a thousand errors" =>
            $"{Head}{Lines(1100, _ => "      - { run: a, stps: 1 }")}      - uses: a/b@v1\n        with:\n{Lines(15_000, index => $"          k{index}: {(index == 0 ? $"&e \"${{{{ {Long}github.ref }}}}\"" : "*e")}")}",
        "anchors of one line that nothing uses" => $"{Head}      - {{ run: a, env: {{ {Many(30_000, index => $"A{index}: &a{index} x")} }} }}\n",
        "needs of one line that are no jobs" => $"{Head}      - run: a\n  b: {{ runs-on: x, steps: [ {{ run: a }} ], needs: [ {Many(40_000, index => $"aa{index}")} ] }}\n",
        "labels that all name one vector" => Labels(30_000, _ => "v", Lines(1, _ => $"        v: [{string.Join(", ", Enumerable.Range(0, 900).Select(index => $"label{index}"))}]")),
        "labels that each name a vector of their own" => Labels(20_000, index => $"v{index}", Lines(20_000, index => $"        v{index}: [l{index}]")),
        "steps that lack the inputs of an action" or "steps that give none of the inputs they may" => Head + Lines(50_000, _ => "      - uses: ./a"),
        _ => $"on: push\njobs:\n{Lines(30_000, index => $"  a{index}: {{ uses: ./c.yml }}")}",
    };

    private static string Long => string.Concat(Enumerable.Repeat("github.ref || ", 1400));

    private static string Labels(int count, Func<int, string> key, string vectors) =>
        $"on: push\njobs:\n  a:\n    strategy:\n      matrix:\n{vectors}    steps: [ {{ run: a }} ]\n    runs-on:\n{Lines(count, index => $"    - ${{{{matrix.{key(index)}}}}}")}";

    /// <summary>An action and a workflow in one, with many inputs.</summary>
    private static string Declaring(bool required)
    {
        var inputs = Lines(20_000, index => $"      i{index}: {{ required: {(required ? "true" : "false")} }}");
        return $"name: a\ndescription: b\nruns: {{ using: docker, image: x }}\non:\n  workflow_call:\n    inputs: &i\n{inputs}inputs: *i\n";
    }

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(index => line(index) + "\n"));

    private static string Many(int count, Func<int, string> part) => string.Join(", ", Enumerable.Range(0, count).Select(part));

    private sealed class OneFile(string text) : ILintFiles
    {
        public LintFile? FindAction(string folder) => new(folder, text);

        public LintFile? FindWorkflow(string path) => new(path, text);

        public bool Exists(string path) => true;
    }
}
