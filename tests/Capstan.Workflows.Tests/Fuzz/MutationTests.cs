using System.Diagnostics;
using System.Globalization;
using System.Text;
using Capstan.Conformance;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;
using Xunit;

namespace Capstan.Workflows.Tests.Yaml;

/// <summary>
/// No input breaks the readers: they answer with a definition or with errors, in their time, and never throw. Inputs are mutations of workflows, from a printed seed. <c>CAPSTAN_FUZZ_INPUTS</c>
/// and <c>CAPSTAN_FUZZ_SEED</c> make a long run of it.
/// </summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int ShortRun = 4000;

    /// <summary>Far above what the slowest input needs, on a busy machine too: what it catches is a square or an endless loop.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly string[] Pieces =
    [
        "${{", "}}", "${{ github.ref }}", "${{ insert }}", "'", "\"", "\n", "\r\n", "\r", "\t", "    ", "- ", ": ", "? ", "| ", "|\n", ">-\n", "&a ", "*a", "*a\n", "<<: *a", "{", "}", "[", "]", "[[", "{{", ",", "#", "!",
        "!!str ", "!!int ", "!!binary ", "!<tag:yaml.org,2002:map> ", "%YAML 1.2\n", "---\n", "...\n", "\uFEFF", "\0", "\u0085", "\u2028", "é", "😀", "\ud83d", "\uFFFE", "on:", "jobs:", "steps:", "needs: [a, b]",
        "if: always()", "matrix:", "parallel:", "wait-all:", "background: true", "null", "~", ".inf", "0x1F", "1e999", "-", "=", "@", "`", "\\",
    ];

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
        var slowest = TimeSpan.Zero;
        for (var index = 0; index < count; index++)
        {
            var input = Mutate(seeds[random.Next(seeds.Count)], random, seeds);
            var watch = Stopwatch.StartNew();
            try
            {
                ReadEverything(input);
            }
            catch (Exception exception)
            {
                Assert.Fail($"input {index} of seed {seed} threw {exception}\n{Show(input)}");
            }

            slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
            Assert.True(watch.Elapsed < Limit, $"input {index} of seed {seed} took {watch.Elapsed}\n{Show(input)}");
        }

        output.WriteLine($"slowest: {slowest.TotalMilliseconds:F1} ms");
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

            var watch = Stopwatch.StartNew();
            ReadEverything(text.ToString());

            Assert.True(watch.Elapsed < Limit, $"took {watch.Elapsed}");
        }
    }

    private static void ReadEverything(string input)
    {
        var result = WorkflowReader.Read("w.yml", input, new WorkflowReadOptions { LoadWorkflow = _ => input });
        Assert.Equal(result.Definition is null, result.Diagnostics.Any(found => found.Severity == Severity.Error));
        foreach (var job in WorkflowReader.Read("w.yml", input).Definition?.Jobs ?? [])
            Assert.Equal(job.Id, JobContent.Read(JobContent.Write(WorkflowReader.Read("w.yml", input).Definition!, job)).Job.Id);
        ActionManifestReader.Read("action.yml", input);
    }

    private static string Mutate(string text, Random random, List<string> seeds)
    {
        for (var times = random.Next(1, 6); times > 0; times--)
            text = MutateOnce(text, random, seeds);
        return text;
    }

    private static string MutateOnce(string text, Random random, List<string> seeds)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(random.Next(1, 40), text.Length - at);
        switch (random.Next(9))
        {
            case 0:
                return text.Insert(at, Pieces[random.Next(Pieces.Length)]);
            case 1:
                return text.Remove(at, length);
            case 2:
                return text.Insert(at, text.Substring(at, length));
            case 3:
                return text.Remove(at, length).Insert(at, ((char)random.Next(0x10000)).ToString());
            case 4:
                return text.ReplaceLineEndings(random.Next(2) == 0 ? "\r\n" : "\r");
            case 5:
                return MoveLine(text, random);
            case 6:
                var other = seeds[random.Next(seeds.Count)];
                return string.Concat(text.AsSpan(0, at), other.AsSpan(random.Next(other.Length)));
            case 7:
                return text.Insert(at, string.Concat(Enumerable.Repeat(Pieces[random.Next(Pieces.Length)], random.Next(1, 80))));
            default:
                return MutateBytes(text, random);
        }
    }

    private static string MoveLine(string text, Random random)
    {
        var lines = text.Split('\n').ToList();
        var line = lines[random.Next(lines.Count)];
        var indent = new string(' ', random.Next(8));
        lines.Insert(random.Next(lines.Count + 1), random.Next(2) == 0 ? line : indent + line.TrimStart());
        return string.Join('\n', lines);
    }

    private static string MutateBytes(string text, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var times = random.Next(1, 6); times > 0 && bytes.Length > 0; times--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>More seeds, where they are: what was found by mutating real files.</summary>
    private static IEnumerable<string> CorpusFiles()
    {
        var folder = Path.Combine(Corpora.DefaultFolder(), "parser", "cases");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.yml").Order(StringComparer.Ordinal).Select(File.ReadAllText).Where(text => text.Length < 4000) : [];
    }

    private static string Show(string input) => string.Concat(input.Take(4000).Select(letter => letter is '\n' or (>= ' ' and < '\u007f') ? letter.ToString() : $"\\u{(int)letter:x4}"));

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
