using System.Text;
using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>
/// Twice the file costs twice the work, right or wrong, whatever it is full of. Work is counted in bytes allocated: the same in every run, on every machine, however busy. The longest files
/// are near the limit of 1 MiB.
/// </summary>
public sealed class LinearityTests
{
    /// <summary>What a doubling may cost; a square would cost 4.</summary>
    private const double Doubling = 2.4;

    public static TheoryData<string, int> Files => new()
    {
        { "jobs", 4000 },
        { "jobs with an unknown key", 4000 },
        { "needs of the job above", 4000 },
        { "needs of 1,000 jobs", 500 },
        { "unknown needs", 4000 },
        { "steps", 8000 },
        { "steps with the same mistake", 8000 },
        { "waits for unknown steps", 8000 },
        { "unknown events", 20000 },
        { "matrices", 1000 },
        { "empty vectors of a matrix", 5000 },
        { "unknown keys of an exclude", 5000 },
        { "inputs of a call", 5000 },
        { "unknown inputs of a call", 5000 },
        { "environment variables", 10000 },
        { "expressions in one text", 400 },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Twice_the_file_costs_twice_the_work(string kind, int size)
    {
        WorkOf(kind, size / 4);

        var (once, twice) = (WorkOf(kind, size), WorkOf(kind, size * 2));

        Assert.True(twice < once * Doubling, $"{size}: {once:#,0} bytes, {size * 2}: {twice:#,0} bytes");
    }

    [Theory]
    [InlineData(256, 0)]
    [InlineData(257, 1)]
    public void A_matrix_has_256_jobs_and_no_more(int values, int errors) =>
        Assert.Equal(errors, WorkflowReader.Read("w.yml", $"{{ on: push, jobs: {{ a: {{ runs-on: x, strategy: {{ matrix: {{ v: [{string.Join(',', Enumerable.Range(0, values))}] }} }} }} }} }}")
            .Diagnostics.Count(found => found.Severity == Severity.Error));

    private static long WorkOf(string kind, int size)
    {
        var yaml = Build(kind, size);
        var options = new WorkflowReadOptions { LoadWorkflow = _ => new LoadedWorkflow.Found(Callee(size)) };
        var before = GC.GetAllocatedBytesForCurrentThread();
        WorkflowReader.Read("w.yml", yaml, options);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static string Build(string kind, int size) => kind switch
    {
        "jobs" => Jobs(size, _ => ""),
        "jobs with an unknown key" => Jobs(size, _ => ", stps: x"),
        "needs of the job above" => Jobs(size, index => index == 0 ? "" : $", needs: j{index - 1}"),
        "needs of 1,000 jobs" => Jobs(1000 + size, index => index < 1000 ? "" : $", needs: [{string.Join(',', Enumerable.Range(0, 200).Select(need => $"j{(need * 5) + (index % 5)}"))}]"),
        "unknown needs" => Jobs(size, index => index == 0 ? "" : $", needs: k{index}"),
        "steps" => Steps(size, index => $"{{ id: s{index}, run: a }}"),
        "steps with the same mistake" => Steps(size, _ => "{ run: '${{ githb.ref }}' }"),
        "waits for unknown steps" => Steps(size, index => $"{{ id: s{index}, wait: t{index} }}"),
        "unknown events" => $"on: [{string.Join(", ", Enumerable.Repeat("pusch", size))}]\njobs: {{ a: {{ runs-on: x }} }}\n",
        "matrices" => Jobs(size, _ => ", strategy: { matrix: { a: [1, 2, 3, 4], b: [1, 2, 3, 4], exclude: [ { a: 1 } ] } }"),
        "empty vectors of a matrix" => $"on: push\njobs:\n  a:\n    runs-on: x\n    strategy:\n      matrix:\n{Lines(size, index => $"        v{index}: []")}",
        "unknown keys of an exclude" => $"on: push\njobs:\n  a:\n    runs-on: x\n    strategy:\n      matrix:\n        v: [1]\n        exclude:\n{Lines(size, index => $"          - {{ w{index}: 1 }}")}",
        "inputs of a call" => Call(size, index => $"i{index}"),
        "unknown inputs of a call" => Call(size, index => $"j{index}"),
        "environment variables" => $"on: push\nenv:\n{Lines(size, index => $"  V{index}: ${{{{ github.ref }}}}")}jobs: {{ a: {{ runs-on: x }} }}\n",
        _ => $"on: push\nname: x\nenv: {{ A: \"{string.Concat(Enumerable.Repeat("${{ github.ref }}", Math.Min(size, 200)))}\" }}\njobs:\n  a: {{ runs-on: x, env: {{ {string.Join(", ", Enumerable.Range(0, size).Select(index => $"B{index}: 'a${{{{ github.ref }}}}b${{{{ github.sha }}}}'"))} }} }}\n",
    };

    private static string Jobs(int count, Func<int, string> more) => $"on: push\njobs:\n{Lines(count, index => $"  j{index}: {{ runs-on: x, steps: [ {{ run: a }} ]{more(index)} }}")}";

    private static string Steps(int count, Func<int, string> step) => $"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{Lines(count, index => $"      - {step(index)}")}";

    private static string Call(int count, Func<int, string> input) => $"on: push\njobs:\n  a:\n    uses: ./c.yml\n    with:\n{Lines(count, index => $"      {input(index)}: x")}";

    private static string Callee(int count) => $"on:\n  workflow_call:\n    inputs:\n{Lines(count, index => $"      i{index}: {{ type: string, required: true }}")}jobs: {{ a: {{ runs-on: x }} }}\n";

    private static string Lines(int count, Func<int, string> line)
    {
        var text = new StringBuilder();
        for (var index = 0; index < count; index++)
            text.Append(line(index)).Append('\n');
        return text.ToString();
    }
}
