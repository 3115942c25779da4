using System.Globalization;
using System.Text;
using Capstan.Conformance;
using Capstan.Testing;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;
using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Fuzz;

/// <summary>
/// No input breaks the readers: they answer with a definition or with errors, within their time and memory, and never throw. Inputs are mutations of workflows and
/// manifests, from a printed seed. <c>./dev fuzz</c> makes a long run of it, with <c>CAPSTAN_FUZZ_INPUTS</c> and <c>CAPSTAN_FUZZ_SEED</c>.
/// </summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int ShortRun = 4000;

    /// <summary>Of the processor. Far above what the slowest input needs: what it catches is a square or an endless loop.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Bytes that all readings of one input may allocate together: a file of 1 MiB and a result of 10 MiB, each read five times, stay below.</summary>
    private const long MemoryLimit = 2L << 30;

    private const int LongestSeed = 8000;

    private static readonly string[] Seeds =
    [
        """
        name: CI
        on: { push: { branches: [main] }, workflow_dispatch: { inputs: { level: { type: choice, options: [a, b] } } } }
        env: { A: "${{ github.ref }}", <<: x }
        concurrency: { group: "a-${{ github.ref }}", cancel-in-progress: true }
        jobs:
          build: &build
            runs-on: ${{ matrix.os }}
            strategy: { matrix: { os: [a, b], include: [ { os: c, x: 1 } ] }, fail-fast: false }
            container: { image: node, env: { X: 1 } }
            steps:
              - uses: actions/checkout@v4
                with: { depth: 0 }
              - run: |
                  echo "${{ steps.a.outputs.b }}" && echo 'it''s ${{ env.A }}'
                if: ${{ !cancelled() && github.ref == 'refs/heads/main' }}
              - parallel: [ { run: a }, { uses: ./x } ]
              - { wait: [a] }
          test: { needs: [build], uses: ./.github/workflows/x.yml, secrets: inherit, with: { a: 1 } }
          again: *build
        """,
        """
        name: action
        inputs: { who: { default: "${{ github.actor }}", required: true } }
        outputs: { o: { value: "${{ steps.x.outputs.y }}" } }
        runs:
          using: composite
          steps:
            - run: echo ${{ inputs.who }}
              shell: bash
              id: x
        """,
    ];

    [Fact]
    public void No_mutation_of_a_workflow_breaks_the_readers()
    {
        var count = Number("CAPSTAN_FUZZ_INPUTS") ?? ShortRun;
        var seed = Number("CAPSTAN_FUZZ_SEED") ?? 20261121;
        output.WriteLine($"{count} inputs from seed {seed}");
        var seeds = Seeds.Concat(CorpusFiles()).ToList();
        var random = new Random(seed);
        var mutations = new Mutations(random, seeds);
        var (slowest, largest, valid) = (TimeSpan.Zero, 0L, 0);
        for (var index = 0; index < count; index++)
        {
            var input = mutations.Mutate(seeds[random.Next(seeds.Count)]);
            var watch = ThreadWatch.StartNew();
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                valid += ReadEverything(input) ? 1 : 0;
            }
            catch (Exception exception)
            {
                Assert.Fail($"input {index} of seed {seed} threw {exception}\n{Show(input)}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var took = watch.Elapsed;
            (slowest, largest) = (took > slowest ? took : slowest, Math.Max(largest, allocated));
            Assert.True(took < Limit, $"input {index} of seed {seed} took {took}\n{Show(input)}");
            Assert.True(allocated < MemoryLimit, $"input {index} of seed {seed} allocated {allocated} bytes\n{Show(input)}");
        }

        output.WriteLine($"{valid} were workflows; slowest: {slowest.TotalMilliseconds:F1} ms; most memory: {largest / 1e6:F1} MB");
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    [InlineData("- ", "")]
    [InlineData("? ", "")]
    [InlineData("!!str ", "")]
    [InlineData("'", "")]
    [InlineData("${{ ", " }}")]
    [InlineData("a: &a *a ", "")]
    public void Deep_and_long_repetitions_end_in_time(string open, string close)
    {
        foreach (var prefix in (string[])["", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: "])
        {
            var text = new StringBuilder(prefix);
            for (var level = 0; level < 50_000; level++)
                text.Append(open);
            for (var level = 0; level < 50_000; level++)
                text.Append(close);

            var watch = ThreadWatch.StartNew();
            ReadEverything(text.ToString());

            Assert.True(watch.Elapsed < Limit, $"took {watch.Elapsed}");
        }
    }

    /// <returns>Whether it was a workflow.</returns>
    private static bool ReadEverything(string input)
    {
        var result = WorkflowReader.Read("w.yml", input, new WorkflowReadOptions { LoadWorkflow = _ => new LoadedWorkflow.Found(input) });
        Assert.Equal(result.Definition is null, result.Diagnostics.Any(found => found.Severity == Severity.Error));
        foreach (var job in WorkflowReader.Read("w.yml", input).Definition?.Jobs ?? [])
            Assert.Equal(job.Id, JobContent.Read(JobContent.Of(WorkflowReader.Read("w.yml", input).Definition!, job).Write()).Job.Id);
        ActionManifestReader.Read("action.yml", input);
        LintEverything(input);
        return result.Definition is not null;
    }

    /// <summary>The linter leaves nothing unsaid that the language refuses, but a reference that an expression around a text gives.</summary>
    private static void LintEverything(string input)
    {
        var refused = WorkflowReader.Read("w.yml", input).Diagnostics.Any(found => found.Severity == Severity.Error && found.Code != "uses");
        var files = new OneFile(input);
        var findings = Linter.Check("w.yml", input, LintSettings.Default, files);
        Assert.True(!refused || findings.Any(found => found.Severity == Severity.Error));
        Linter.CheckAction("action.yml", input, files);
        LintSettingsReader.Read(input);
    }

    /// <summary>A repository in which every name leads to the same text.</summary>
    private sealed class OneFile(string text) : ILintFiles
    {
        public LintFile? FindAction(string folder) => new(folder, text);

        public LintFile? FindWorkflow(string path) => new(path, text);

        public bool Exists(string path) => false;
    }

    /// <summary>More seeds, where they are: what was found by mutating real files. Of the parser's cases the workflows in them.</summary>
    private static IEnumerable<string> CorpusFiles()
    {
        foreach (var corpus in (string[])["parser", "schema-tests", "action-manifests", "workflows-real"])
        {
            var folder = Path.Combine(Corpora.DefaultFolder(), corpus);
            if (!Directory.Exists(folder))
                continue;
            foreach (var file in Directory.EnumerateFiles(folder, "*.y*ml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var text = File.ReadAllText(file);
                if (text.Length is > 0 and < LongestSeed)
                    yield return corpus is "parser" ? text.Split("\n---\n")[1] : text;
            }
        }
    }

    private static string Show(string input) => string.Concat(input.Take(4000).Select(letter => letter is '\n' or (>= ' ' and < '\u007f') ? letter.ToString() : $"\\u{(int)letter:x4}"));

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
