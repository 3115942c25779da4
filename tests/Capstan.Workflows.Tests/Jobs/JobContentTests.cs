using System.Text.Json;
using Capstan.Conformance;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;
using Xunit;

namespace Capstan.Workflows.Tests.Jobs;

public sealed class JobContentTests
{
    private const string Workflow = """
        name: CI
        on: push
        env: { A: 1, "${{ insert }}": "${{ fromJSON('{}') }}" }
        defaults: { run: { shell: bash } }
        jobs:
          first: { runs-on: x, steps: [ { run: a } ] }
          second:
            needs: [first]
            name: Second ${{ matrix.v }}
            runs-on: [self-hosted, "${{ matrix.v }}"]
            strategy: { fail-fast: false, max-parallel: 2, matrix: { v: [1, null, true, .inf, -0.0, { a: b }] } }
            outputs: { o: "${{ steps.s.outputs.o }}" }
            container: node
            timeout-minutes: 1.5
            steps:
              - id: s
                uses: ./action
                with: { x: "${{ env.A }}" }
                if: failure()
              - run: echo
                working-directory: sub
                background: true
              - parallel: [ { run: a }, { uses: docker://b } ]
              - wait: [s]
              - wait-all:
              - cancel: s
        """;

    [Fact]
    public void A_job_survives_the_way_to_the_runner()
    {
        var workflow = WorkflowReader.Read("ci.yml", Workflow).Definition!;

        var content = JobContent.Read(JobContent.Write(workflow, workflow.Jobs[1]));

        Assert.Equal("CI", content.WorkflowName);
        Assert.Equal("ci.yml", content.File);
        Assert.Equal(JobContent.Write(workflow, workflow.Jobs[1]).GetRawText(), Rewrite(content).GetRawText());
        Assert.Equal(workflow.Jobs[1].Steps.Select(step => step.Id), content.Job.Steps.Select(step => step.Id));
        Assert.Equal(["container", "uses: docker://"], content.Job.NotYetExecuted.Select(key => key.Key));
        Assert.Equal(workflow.Jobs[1].Steps[0].IfPlace, content.Job.Steps[0].IfPlace);
    }

    [Fact]
    public void Content_of_another_format_is_refused()
    {
        using var other = JsonDocument.Parse("""{"format":2,"file":"a","workflow":"a","job":{}}""");
        using var broken = JsonDocument.Parse("""{"format":1,"job":{"id":1}}""");

        Assert.Throws<JsonException>(() => JobContent.Read(other.RootElement));
        Assert.Throws<JsonException>(() => JobContent.Read(broken.RootElement));
    }

    [Fact]
    public void Every_job_of_real_workflows_survives()
    {
        var folder = Path.Combine(Corpora.DefaultFolder(), "workflows-real", "files");
        Assert.SkipUnless(Directory.Exists(folder), $"the corpus is not on this machine ({folder})");
        foreach (var file in Directory.EnumerateFiles(folder, "*.y*ml", SearchOption.AllDirectories))
        {
            var workflow = WorkflowReader.Read(file, File.ReadAllText(file)).Definition;
            foreach (var job in workflow?.Jobs ?? [])
                Assert.Equal(JobContent.Write(workflow!, job).GetRawText(), Rewrite(JobContent.Read(JobContent.Write(workflow!, job))).GetRawText());
        }
    }

    private static JsonElement Rewrite(JobContent content) => JobContent.Write(
        new WorkflowDefinition
        {
            File = content.File,
            Name = content.WorkflowName,
            Env = content.WorkflowEnv,
            Defaults = content.WorkflowDefaults,
            Triggers = [],
            Jobs = [],
        },
        content.Job);
}
