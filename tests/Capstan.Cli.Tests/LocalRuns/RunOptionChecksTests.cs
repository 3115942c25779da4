using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>An option that could have no effect is refused, and the refusal says what there is.</summary>
public sealed class RunOptionChecksTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Theory]
    [InlineData("--event pushed", "There is no event 'pushed'. Events are ")]
    [InlineData("--input who=Ada", "--input is for the event workflow_dispatch, and the event here is push: add '--event workflow_dispatch', or leave --input out.")]
    [InlineData("--actions-dir nowhere", "There is no folder 'nowhere', which --actions-dir names.")]
    [InlineData("--github who=Ada", "--github has no value 'who'. There is action, action_path, ")]
    [InlineData("--github actr=Ada", "--github has no value 'actr'; did you mean 'actor'?")]
    [InlineData("--matrix oss:b", "--matrix oss:b: no job that runs has the matrix key 'oss'; did you mean 'os'?")]
    [InlineData("--matrix os:c", "--matrix os:c: no job that runs has this value of 'os'. There is a, b.")]
    [InlineData("--job plain --matrix os:a", "--matrix os:a: no job that runs has a matrix.")]
    public async Task What_names_nothing_is_refused(string arguments, string message)
    {
        Sample("[a, b]");

        var refusal = await Assert.ThrowsAsync<CommandException>(() => PlanAsync(arguments));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[a, b]", "--matrix OS:b --matrix os:a")]
    [InlineData("[a, b]", "--matrix extra:1")]
    [InlineData("['${{ vars.X }}']", "--matrix os:c")]
    [InlineData("[a, b]", "--github ACTOR=Ada --actions-dir .")]
    [InlineData("[a, b]", "--event workflow_dispatch --input who=Ada")]
    public async Task What_is_there_or_may_be_is_taken(string values, string arguments)
    {
        Sample(values);

        Assert.Equal(ExitCodes.Good, await PlanAsync(arguments));
    }

    private void Sample(string values) => repository.Workflow(
        "ci.yml",
        $$$"""
        on: { push: , workflow_dispatch: { inputs: { who: } } }
        jobs:
          many: { strategy: { matrix: { os: {{{values}}}, include: [ { os: a, extra: 1 } ] } }, runs-on: ubuntu-latest, steps: [ { run: a } ] }
          plain: { runs-on: ubuntu-latest, steps: [ { run: a } ] }
        """).Commit();

    private Task<int> PlanAsync(string arguments) => CapstanRun.RunAsync(
        RunOptions.ParsePlan(arguments.Split(' ')) with { Folder = repository.Root },
        new Terminal(Stream.Null, Stream.Null, interactive: false, colour: false),
        TimeProvider.System);
}
