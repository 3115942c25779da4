using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>What a workflow may ask for, counted in GitHub's units, at each limit and one above it.</summary>
public sealed class LimitsTests
{
    private const string Called = "{ on: workflow_call, jobs: { a: { runs-on: x, steps: [ { run: a } ] }, b: { runs-on: x, steps: [ { run: a } ] } } }";

    /// <remarks>The file's name 26 + 2 a character; each collection 24; each text 24 + 26 + 2 a character; each number, boolean and null 24.</remarks>
    [Theory]
    [InlineData("{ on: push, jobs: { a: { runs-on: x, steps: [ { run: abc } ] } } }", (26 + 10) + (24 * 5) + (54 + 58) + 58 + 52 + (64 + 52) + 60 + (56 + 56))]
    [InlineData("{ on: push, jobs: { a: { runs-on: x, timeout-minutes: 1, continue-on-error: true } } }", (26 + 10) + (24 * 3) + (54 + 58) + 58 + 52 + (64 + 52) + (80 + 24) + (84 + 24))]
    [InlineData("{ on: { push: }, jobs: { a: { runs-on: x, name: '${{ github.ref }}' } } }", (26 + 10) + (24 * 4) + (54 + 58 + 24) + 58 + 52 + (64 + 52) + (58 + 70))]
    [InlineData("{ on: push, env: &e { A: b }, jobs: { a: { runs-on: x, env: *e } } }", (26 + 10) + (24 * 5) + (54 + 58) + (56 + 52 + 52) + 58 + 52 + (64 + 52) + (56 + 52 + 52))]
    public void A_workflow_has_the_size_of_its_tokens_aliases_written_out(string yaml, int size)
    {
        Assert.Empty(Errors(yaml, new() { MaxResultSize = size }));
        Assert.Equal(["0:0 Maximum object size exceeded"], Errors(yaml, new() { MaxResultSize = size - 1 }));
    }

    [Fact]
    public void The_jobs_of_a_matrix_count_as_well()
    {
        const string One = "{ on: push, jobs: { a: { runs-on: x, strategy: { matrix: { v: [1, 2, 3, 4, 5, 6, 7, 8] } } } } }";
        var size = SmallestFor(One);

        Assert.True(SmallestFor(One.Replace(", 5, 6, 7, 8", "", StringComparison.Ordinal)) < size - (4 * 400));
    }

    [Fact]
    public void A_called_workflow_counts_once_for_each_call()
    {
        const string Caller = "on: push\njobs:\n  a: { uses: ./c.yml }\n  b: { uses: ./c.yml }\n";
        var alone = SmallestFor(Caller);
        var once = SmallestFor("{ on: push, jobs: { a: { uses: ./c.yml } } }", _ => new LoadedWorkflow.Found(Called)) - SmallestFor("{ on: push, jobs: { a: { uses: ./c.yml } } }");

        Assert.Equal(alone + (2 * once), SmallestFor(Caller, _ => new LoadedWorkflow.Found(Called)));
        Assert.Equal(
            ["4:14 Error from called workflow ./c.yml: Maximum object size exceeded"],
            Errors(Caller, new() { MaxResultSize = alone + (2 * once) - 1, LoadWorkflow = _ => new LoadedWorkflow.Found(Called) }));
    }

    [Theory]
    [InlineData(5, "")]
    [InlineData(4, "4:14 Error from called workflow ./c.yml: Workflows may not contain more than 4 jobs across all referenced files")]
    [InlineData(1, "4:3 Workflows may not contain more than 1 jobs across all referenced files")]
    [InlineData(0, "")]
    public void Jobs_are_counted_across_all_files(int limit, string expected) =>
        Assert.Equal(expected, string.Join("; ", Errors("on: push\njobs:\n  a: { runs-on: x }\n  b: { uses: ./c.yml }\n  c: { runs-on: x }\n", new() { MaxJobs = limit, LoadWorkflow = _ => new LoadedWorkflow.Found(Called) })));

    private static int SmallestFor(string yaml, Func<WorkflowReference, LoadedWorkflow>? load = null)
    {
        var (low, high) = (0, 1 << 20);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Errors(yaml, new() { MaxResultSize = middle, LoadWorkflow = load }).Count == 0)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private static IReadOnlyList<string> Errors(string yaml, WorkflowReadOptions options) =>
    [
        .. WorkflowReader.Read("w.yml", yaml, options).Diagnostics.Where(found => found.Severity == Severity.Error).Select(found => $"{found.Place} {found.Message}"),
    ];
}
