using System.Text.Json.Nodes;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;
using Capstan.Workflows.Pipelines;
using Capstan.Workflows.Templates;
using Xunit;

namespace Capstan.Workflows.Tests.Pipelines;

public sealed class PipelineReaderTests
{
    [Fact]
    public void A_pipeline_and_a_workflow_that_say_the_same_give_the_same_definition()
    {
        var pipeline = Read(
            """
            name: Shop
            triggers: { push: { branches: [main] }, pr: , manual: { inputs: { who: { default: all } } } }
            env: { LEVEL: "1" }
            stages: [build, check, ship]
            jobs:
              compile: { stage: build, runs_on: big, commands: [make, "make ${{ env.LEVEL }}"] }
              unit: { stage: check, runs_on: big, allow_failure: true, timeout: 1h30m, commands: make test }
              lint: { stage: check, runs_on: big, needs: [], steps: [ { name: All, commands: lint, env: { A: b } } ] }
              ship: { stage: ship, runs_on: big, if: github.ref_name == 'main', artifacts: [out/, "*.log"], commands: ship }
            """);
        var workflow = WorkflowReader.Read(
            ".github/workflows/a.yml",
            """
            name: Shop
            on: { push: { branches: [main] }, pull_request: , workflow_dispatch: { inputs: { who: { default: all } } } }
            env: { LEVEL: "1" }
            jobs:
              compile: { runs-on: big, steps: [ { uses: actions/checkout@v4 }, { run: "make\nmake ${{ env.LEVEL }}" } ] }
              unit: { needs: [compile], runs-on: big, continue-on-error: true, timeout-minutes: 90, steps: [ { uses: actions/checkout@v4 }, { run: make test } ] }
              lint: { needs: [], runs-on: big, steps: [ { uses: actions/checkout@v4 }, { name: All, run: lint, env: { A: b } } ] }
              ship:
                needs: [unit, lint]
                if: github.ref_name == 'main'
                runs-on: big
                steps: [ { uses: actions/checkout@v4 }, { run: ship }, { uses: actions/upload-artifact@v4, with: { name: ship, path: "out/\n*.log" } } ]
            """).Definition!;

        Assert.Equal(workflow.Name, pipeline.Name);
        Assert.Equal(workflow.Triggers.Select(Describe), pipeline.Triggers.Select(Describe));
        Assert.Equal(workflow.Jobs.Select(job => Describe(workflow, job)), pipeline.Jobs.Select(job => Describe(pipeline, job)));
    }

    public static TheoryData<string, string> Needs => new()
    {
        { "stages: [a, b, c]; x: a; y: a; z: b; w: c", "x:, y:, z:x+y, w:z" },
        { "stages: [a, b, c]; x: a; w: c", "x:, w:x" },
        { "stages: [a, b, c]; x: a; y: b; w: c [x]", "x:, y:x, w:x" },
        { "stages: [a, b]; x: a; y: b []", "x:, y:" },
        { "stages: [a, b]; y: b; x: a", "y:x, x:" },
        { "stages: [a, b]; x: a; y: a [x]; z: b", "x:, y:x, z:x+y" },
    };

    [Theory]
    [MemberData(nameof(Needs))]
    public void A_job_without_needs_waits_for_all_jobs_of_the_stage_before(string pipeline, string needs)
    {
        var parts = pipeline.Split("; ");
        var jobs = parts.Skip(1).Select(job => job.Split(": ")).Select(job =>
        {
            var list = job[1].IndexOf('[', StringComparison.Ordinal);
            return $"  {job[0]}: {{ stage: {(list < 0 ? job[1] : job[1][..(list - 1)])}, commands: x{(list < 0 ? "" : $", needs: {job[1][list..]}")} }}";
        });
        var read = Read($"{parts[0]}\njobs:\n{string.Join('\n', jobs)}\n");

        Assert.Equal(needs, string.Join(", ", read.Jobs.Select(job => $"{job.Id}:{string.Join('+', job.Needs)}")));
    }

    [Fact]
    public void Without_triggers_a_pipeline_starts_by_everything_a_pipeline_can_be_started_by() =>
        Assert.Equal(["push", "pull_request", "workflow_dispatch"], Read("jobs:\n  a: { commands: x }\n").Triggers.Select(trigger => trigger.Event));

    [Theory]
    [InlineData("push", "push")]
    [InlineData("[manual, pr]", "workflow_dispatch pull_request")]
    [InlineData("{ pr: { branches: [main] } }", "pull_request")]
    public void Triggers_are_events(string triggers, string events) =>
        Assert.Equal(events, string.Join(' ', Read($"triggers: {triggers}\njobs:\n  a: {{ commands: x }}\n").Triggers.Select(trigger => trigger.Event)));

    [Fact]
    public void A_job_keeps_its_stage_type_and_target_and_is_refused_for_what_is_not_executed()
    {
        var job = Read("image: alpine\nstages: [go]\njobs:\n  a: { stage: go, type: deploy, target: web-1, commands: x }\n").Jobs[0];

        Assert.Equal(("go", "deploy", "web-1"), (job.Stage, job.JobType, job.Target is null ? null : ((StringToken)job.Target).Value));
        Assert.Contains(new KeyAtPlace("target", new Place(4, 33)), job.NotYetExecuted);
    }

    [Theory]
    [InlineData("", "build")]
    [InlineData(", environment: live", "deploy")]
    [InlineData(", type: test", "test")]
    [InlineData(", type: test, environment: live", "test")]
    [InlineData(", environment: { name: live, deployment: false }", "build")]
    public void The_type_is_what_is_written_or_follows_from_the_environment(string keys, string type) =>
        Assert.Equal(type, Read($"jobs:\n  a: {{ commands: x{keys} }}\n").Jobs[0].JobType);

    [Fact]
    public void An_image_is_a_container_and_that_of_the_pipeline_is_every_jobs()
    {
        var jobs = Read("image: alpine\njobs:\n  a: { commands: x }\n  b: { commands: x, image: debian }\n").Jobs;

        Assert.Equal(["alpine", "debian"], jobs.Select(job => ((MappingToken)job.Container!).Find("image")).Select(TemplateReferences.Source));
    }

    [Fact]
    public void Neighbouring_steps_of_one_group_run_at_the_same_time()
    {
        var steps = Read(
            """
            jobs:
              a:
                steps:
                  - commands: one
                  - { commands: two, parallel: x }
                  - { commands: three, parallel: x }
                  - { commands: four, parallel: y }
                  - { uses: some/action@v1, with: { a: b } }
            """).Jobs[0].Steps;

        Assert.Equal(["actions/checkout@v4", "one", "[two, three]", "[four]", "some/action@v1"], steps.Select(Describe));
    }

    [Theory]
    [InlineData("90s", 1.5)]
    [InlineData("15m", 15)]
    [InlineData("1h30m", 90)]
    [InlineData("1.5h", 90)]
    [InlineData("1h1m30s", 61.5)]
    [InlineData("20", 20)]
    [InlineData("2.5", 2.5)]
    public void A_timeout_is_minutes_or_a_duration(string timeout, double minutes)
    {
        var job = Read($"jobs:\n  a: {{ commands: x, timeout: {timeout} }}\n").Jobs[0];

        Assert.Equal(minutes, ((NumberToken)job.TimeoutMinutes!).Value);
    }

    [Theory]
    [InlineData(".capstan.yml", true)]
    [InlineData(".shipinator.yaml", true)]
    [InlineData("/work/project/.capstan.yml", true)]
    [InlineData(".github/workflows/capstan.yml", false)]
    [InlineData(".github/workflows/.capstan.yml", false)]
    [InlineData("/work/project/.github/workflows/.shipinator.yaml", false)]
    [InlineData(".capstan.yaml", false)]
    [InlineData("x.capstan.yml", false)]
    public void The_name_outside_the_folder_of_workflows_tells_the_dialect(string path, bool isPipeline) => Assert.Equal(isPipeline, PipelineFile.Is(path));

    private static WorkflowDefinition Read(string yaml)
    {
        var read = WorkflowReader.Read(".capstan.yml", yaml);
        Assert.True(read.Definition is not null, string.Join('\n', read.Diagnostics));
        return read.Definition;
    }

    private static string Describe(TriggerDefinition trigger) => $"{trigger.Event} {string.Join(',', trigger.Branches ?? [])} {string.Join(',', trigger.Inputs.Select(input => input.Name))}";

    /// <summary>What a runner is given, and what the run machine looks at; without places, which are of different files.</summary>
    private static string Describe(WorkflowDefinition workflow, JobDefinition job)
    {
        var content = JsonNode.Parse(JobContent.Of(workflow, job).Write().GetRawText())!;
        TakeOutPlaces(content);
        return $"{job.Id}: {string.Join(',', job.Needs)} if {job.If}\n{content.ToJsonString()}";
    }

    private static void TakeOutPlaces(JsonNode node)
    {
        if (node is JsonObject mapping)
        {
            foreach (var key in mapping.Select(property => property.Key).Where(key => key is "line" or "col" or "file" || key.Contains("place", StringComparison.Ordinal)).ToList())
                mapping.Remove(key);
        }

        foreach (var child in (node as JsonObject)?.Select(property => property.Value) ?? node as IEnumerable<JsonNode?> ?? [])
        {
            if (child is JsonObject or JsonArray)
                TakeOutPlaces(child);
        }
    }

    private static string Describe(StepDefinition step) =>
        step.Uses ?? (step.Parallel is { } members ? $"[{string.Join(", ", members.Select(Describe))}]" : TemplateReferences.Source(step.Run));
}
