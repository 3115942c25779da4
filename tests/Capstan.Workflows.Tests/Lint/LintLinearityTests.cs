using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

/// <summary>Twice the file costs the linter twice the work, counted in bytes allocated, as in the tests of the readers.</summary>
public sealed class LintLinearityTests
{
    /// <summary>What a doubling may cost; a square would cost 4.</summary>
    private const double Doubling = 2.4;

    [Theory]
    [InlineData("results of all steps", 1000)]
    [InlineData("results of all needs", 500)]
    [InlineData("needs of the job above", 2000)]
    [InlineData("matrix of mappings", 1000)]
    [InlineData("mistakes in one script", 500)]
    [InlineData("labels", 500)]
    public void Twice_the_file_costs_twice_the_work(string kind, int size)
    {
        WorkOf(kind, size / 4);

        var (once, twice) = (WorkOf(kind, size), WorkOf(kind, size * 2));

        Assert.True(twice < once * Doubling, $"{size}: {once:#,0} bytes, {size * 2}: {twice:#,0} bytes");
    }

    private static long WorkOf(string kind, int size)
    {
        var yaml = "on: push\njobs:\n" + Build(kind, size);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Linter.Check("w.yml", yaml, LintSettings.Default, null);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Build(string kind, int size) => kind switch
    {
        "results of all steps" => Job("", Lines(size, index => $"      - {{ id: s{index}, run: \"echo ${{{{ join(steps.*.outputs.x) }}}}\" }}")),
        "results of all needs" => Lines(size, index => $"  j{index}: {{ runs-on: ubuntu-latest, outputs: {{ o{index}: 1 }}, steps: [ {{ run: make }} ] }}")
            + Job($"needs: [{Names(size, "j")}]", Lines(size, index => $"      - run: echo ${{{{ join(needs.*.outputs.o{index}) }}}}")),
        "needs of the job above" => Lines(size, index => $"  j{index}: {{ {(index == 0 ? "" : $"needs: j{index - 1}, ")}runs-on: ubuntu-latest, steps: [ {{ run: make }} ] }}"),
        "matrix of mappings" => Job($"strategy: {{ matrix: {{ x: [{string.Join(", ", Enumerable.Range(0, size).Select(index => $"{{ k{index}: 1 }}"))}] }} }}", "      - run: echo ${{ matrix.x.k1 }}\n"),
        "mistakes in one script" => Job("", "      - run: |\n" + Lines(size, index => $"          echo {index} ${{{{ github.actr{index} }}}}")),
        _ => Job("", "      - run: make\n").Replace("ubuntu-latest", $"[{Names(size, "l")}]", StringComparison.Ordinal),
    };

    private static string Job(string keys, string steps) => $"  last:\n    runs-on: ubuntu-latest\n    {keys}\n    steps:\n{steps}";

    private static string Names(int count, string prefix) => string.Join(',', Enumerable.Range(0, count).Select(index => prefix + index));

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(index => line(index) + "\n"));
}
