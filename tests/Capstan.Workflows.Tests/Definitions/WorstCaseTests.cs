using Capstan.Testing;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>
/// Files near the limit of 1 MiB that are full of what is costly to explain or to repeat: work that allocates nothing, and so is not seen by <see cref="LinearityTests"/>.
/// </summary>
public sealed class WorstCaseTests
{
    /// <summary>Of the processor. Far above what the slowest needs: what it catches is a product of two lengths, which takes minutes.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("w.yml", "needs of one job that all are misspelt")]
    [InlineData("w.yml", "jobs that all misspell their need")]
    [InlineData("w.yml", "time zones that do not exist")]
    [InlineData("w.yml", "secrets that the called workflow does not take")]
    [InlineData("w.yml", "aliases of one long expression")]
    [InlineData("w.yml", "aliases of one long broken expression")]
    [InlineData(".capstan.yml", "jobs that all misspell their stage")]
    public void Reading_and_linting_end_in_time(string file, string kind)
    {
        var yaml = Build(kind);
        Assert.InRange(yaml.Length, 300_000, 1024 * 1024);
        var watch = ThreadWatch.StartNew();

        WorkflowReader.Read(file, yaml, new WorkflowReadOptions { LoadWorkflow = _ => new LoadedWorkflow.Found(Callee()) });
        Linter.Check(file, yaml, LintSettings.Default, null);

        Assert.True(watch.Elapsed < Limit, $"{kind}: {watch.Elapsed}");
    }

    [Theory]
    [InlineData("github.ref")]
    [InlineData("github.ref ||")]
    public void An_expression_counts_toward_the_size_wherever_an_alias_repeats_it_right_or_wrong(string expression)
    {
        var yaml = $"on: push\njobs:\n  a:\n    runs-on: x\n    env:\n{Lines(500, index => $"      V{index}: {(index == 0 ? $"&e \"${{{{ {Long}{expression} }}}}\"" : "*e")}")}";

        var found = WorkflowReader.Read("w.yml", yaml).Diagnostics;

        Assert.Contains(found, diagnostic => diagnostic.Message == "Maximum object size exceeded");
    }

    [Fact]
    public void The_linter_says_of_a_file_that_aliases_make_too_large_only_what_the_language_says()
    {
        var findings = Linter.Check("w.yml", Build("aliases of one long expression"), LintSettings.Default, null);

        Assert.Equal(["Maximum object size exceeded"], findings.Select(finding => finding.Message));
    }

    private static string Long => string.Concat(Enumerable.Repeat("github.ref || ", 1400));

    private static string Build(string kind) => kind switch
    {
        "needs of one job that all are misspelt" =>
            $"on: push\njobs:\n{Jobs(500, "")}  z: {{ runs-on: x, needs: [{string.Join(',', Enumerable.Range(0, 25_000).Select(index => $"{Misspelt}{index:00000}"))}], steps: [ {{ run: a }} ] }}\n",
        "jobs that all misspell their need" => $"on: push\njobs:\n  z: {{ runs-on: x, steps: [ {{ run: a }} ] }}\n{Jobs(5000, $", needs: {Misspelt}")}",
        "time zones that do not exist" => $"on:\n  schedule:\n{Lines(10_000, index => $"    - {{ cron: '1 1 1 1 1', timezone: Amerika/Argentinia/B{index} }}")}jobs: {{ a: {{ runs-on: x, steps: [ {{ run: a }} ] }} }}\n",
        "secrets that the called workflow does not take" => $"on: push\njobs:\n  a:\n    uses: ./c.yml\n    secrets:\n{Lines(10_000, index => $"      {Misspelt}{index:00000}: x")}",
        "aliases of one long expression" => Aliases(""),
        "aliases of one long broken expression" => Aliases(" ||"),
        _ => $"stages: [{string.Join(',', Enumerable.Range(0, 500).Select(index => $"{Name}{index:00000}"))}]\njobs:\n{Lines(8000, index => $"  j{index}: {{ stage: {Misspelt}{index:00000}, commands: a }}")}",
    };

    private const string Name = "a-name-of-thirty-two-letters";

    private const string Misspelt = "a-nmae-of-thitry-two-lettres";

    private static string Jobs(int count, string more) => Lines(count, index => $"  {Name}{index:00000}: {{ runs-on: x, steps: [ {{ run: a }} ]{more}{(more.Length == 0 ? "" : $"{index:00000}")} }}");

    private static string Aliases(string end) =>
        $"on: push\nname: x\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@v1\n        with:\n{Lines(15_000, index => $"          key{index}: {(index == 0 ? $"&e \"${{{{ {Long}github.ref{end} }}}}\"" : "*e")}")}";

    private static string Callee() => $"on:\n  workflow_call:\n    secrets:\n{Lines(500, index => $"      {Name}{index:00000}: {{}}")}jobs: {{ a: {{ runs-on: x, steps: [ {{ run: a }} ] }} }}\n";

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(index => line(index) + "\n"));
}
