using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>Whatever a file is full of, it is a workflow or says why it is none.</summary>
public sealed class FindingLimitTests
{
    private static string Warnings => string.Concat(Enumerable.Range(0, 1100).Select(index => $"  a{index}: {{ runs-on: x }}\n"));

    [Fact]
    public void No_number_of_warnings_hides_an_error() =>
        Assert.Equal(["1103:16 Job 'b' depends on unknown job 'c'"], Errors($"on: push\njobs:\n{Warnings}  b: {{ needs: [c], runs-on: x }}\n", null));

    [Fact]
    public void No_number_of_warnings_hides_an_error_of_a_call() =>
        Assert.Equal(["1103:14 The workflow './c.yml' was not found"], Errors($"on: push\njobs:\n{Warnings}  b: {{ uses: ./c.yml }}\n", new LoadedWorkflow.Missing()));

    private static IReadOnlyList<string> Errors(string yaml, LoadedWorkflow? called)
    {
        var read = WorkflowReader.Read("w.yml", yaml, new WorkflowReadOptions { LoadWorkflow = called is null ? null : _ => called });

        Assert.Null(read.Definition);
        return [.. read.Diagnostics.Where(found => found.Severity == Severity.Error).Select(found => $"{found.Place} {found.Message}")];
    }
}
