using Capstan.Workflows.Definitions;
using Capstan.Workflows.Pipelines;
using Xunit;

namespace Capstan.Workflows.Tests.Pipelines;

/// <summary>What is wrong with a pipeline is said all at once, with places, as for GitHub's files.</summary>
public sealed class PipelineDiagnosticsTests
{
    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "job: {}", ["1:1 Unexpected value 'job'; did you mean 'jobs'?", "1:1 Required property is missing: jobs"] },
        { "jobs:\n  a: { comands: x }", ["2:6 There's not enough info to determine what you meant. Add one of these properties: commands, steps", "2:8 Unexpected value 'comands'; did you mean 'commands'?"] },
        { "triggers: [push, pull]\njobs:\n  a: { commands: x }", ["1:18 Unexpected value 'pull'; allowed are: push, pr, manual"] },
        { "triggers: schedule\njobs:\n  a: { commands: x }", ["1:11 Unexpected value 'schedule'; allowed are: push, pr, manual"] },
        { "triggers: { push: { branch: main } }\njobs:\n  a: { commands: x }", ["1:21 Unexpected value 'branch'; allowed are: branches, "] },
        { "stages: [build, test]\njobs:\n  a: { stage: biuld, commands: x }\n  b: { commands: x }", ["3:15 Job 'a' has the unknown stage 'biuld'; did you mean 'build'?", "4:3 Job 'b' has no 'stage'; allowed are: build, test"] },
        { "jobs:\n  a: { stage: build, commands: x }", ["2:15 Job 'a' has the stage 'build', and the pipeline names no stages: add 'stages' with their order"] },
        { "stages: [a, a]\njobs:\n  x: { stage: a, commands: x }", ["1:13 The stage 'a' is named twice"] },
        { "stages: [a, b]\njobs:\n  x: { stage: a, needs: y, commands: x }\n  y: { stage: b, needs: [], commands: x }", ["3:25 Job 'x' of the stage 'a' cannot need 'y': its stage 'b' comes later"] },
        { "stages: [a]\njobs:\n  x: { stage: a, commands: x }\n  y: { stage: a, needs: z, commands: x }", ["4:25 Job 'y' depends on unknown job 'z'; allowed are: x"] },
        { "jobs:\n  x: { needs: y, commands: x }\n  y: { needs: x, commands: x }", ["2:3 The workflow must contain at least one job with no dependencies"] },
        { "jobs:\n  9x: { commands: x }", ["2:3 The identifier '9x' is invalid. IDs may only contain alphanumeric characters, '_', and '-', must start with a letter or '_', and must be less than 100 characters"] },
        { "jobs:\n  a: { commands: [] }", ["2:18 There is no command in 'commands'"] },
        { "jobs:\n  a: { type: release, commands: x }", ["2:14 Unexpected value 'release'; allowed are: build, test, deploy"] },
        { "jobs:\n  a: { timeout: 5x, commands: x }", ["2:17 '5x' is no duration: write minutes as a number, or a text such as 90s, 15m or 1h30m"] },
        { "jobs:\n  a: { timeout: 0, commands: x }", ["2:17 '0' is no duration: write minutes as a number, or a text such as 90s, 15m or 1h30m"] },
        { "jobs:\n  a: { commands: [ok, \"${{ nothing.x }}\"] }", ["2:23 Unrecognized named-value: 'nothing'. Located at position 1 within expression: nothing.x"] },
        { "jobs:\n  a: { if: steps.x, commands: x }", ["2:12 Unrecognized named-value: 'steps'. Located at position 1 within expression: steps.x"] },
        { "jobs:\n  a: { uses: ./x.yml }", ["2:6 There's not enough info to determine what you meant. Add one of these properties: commands, steps", "2:8 Unexpected value 'uses'"] },
        { "jobs:\n  a:\n    steps:\n      - { commands: a, parallel: x }\n      - { commands: b }\n      - { commands: c, parallel: x }", ["6:34 The steps of the parallel group 'x' must stand next to each other"] },
        { "imag: x\nstages: [a]\njobs:\n  x: { commands: x }", ["1:1 Unexpected value 'imag'; did you mean 'image'?", "4:3 Job 'x' has no 'stage'; allowed are: a"] },
        { "stages: a\njobs:\n  x: { stage: a, commands: x }", ["1:9 Unexpected value 'a'; expected is a sequence"] },
        { "stages: [a, [b]]\njobs:\n  x: { stage: b, commands: x }", ["1:13 A sequence was not expected; expected is a text"] },
        { "stages: [a]\njobs:\n  x: { stage: [a], commands: x }", ["3:15 A sequence was not expected; expected is a text"] },
        { "jobs:\n  x: []\n  y: { needs: x, commands: x }", ["2:6 A sequence was not expected; expected is a mapping"] },
        { "stages: [a", ["2:1 The file is not valid YAML"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Every_mistake_has_its_place_and_says_what_to_do(string yaml, string[] errors)
    {
        var read = WorkflowReader.Read(".capstan.yml", yaml + "\n");

        Assert.Null(read.Definition);
        var found = read.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => $"{d.Place} {d.Message}").ToList();
        Assert.Equal(errors.Length, found.Count);
        Assert.All(errors.Zip(found), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void A_stage_without_jobs_is_worth_a_warning()
    {
        var read = WorkflowReader.Read(".capstan.yml", "stages: [a, b]\njobs:\n  x: { stage: a, commands: x }\n");

        Assert.NotNull(read.Definition);
        Assert.Equal("1:13 The stage 'b' has no jobs, so it is passed over", Assert.Single(read.Diagnostics.Select(d => $"{d.Place} {d.Message}")));
    }

    [Fact]
    public void Stages_cannot_make_more_dependencies_than_the_limit()
    {
        const int jobs = 317;
        var yaml = $"stages: [a, b]\njobs:\n{string.Concat(Enumerable.Range(0, jobs).Select(n => $"  a{n}: {{ stage: a, commands: x }}\n  b{n}: {{ stage: b, commands: x }}\n"))}";

        Assert.True(jobs * jobs > PipelineConverter.MaxStageNeeds && (jobs - 1) * (jobs - 1) < PipelineConverter.MaxStageNeeds);
        Assert.Contains("more than 100000", Assert.Single(WorkflowReader.Read(".capstan.yml", yaml).Diagnostics).Message, StringComparison.Ordinal);
    }
}
