using System.Text.Json;
using Capstan.Conformance;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;
using Capstan.Workflows.Templates;
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

        var content = JobContent.Read(JobContent.Of(workflow, workflow.Jobs[1]).Write());

        Assert.Equal("CI", content.WorkflowName);
        Assert.Equal("ci.yml", content.File);
        Assert.Equal(JobContent.Of(workflow, workflow.Jobs[1]).Write().GetRawText(), content.Write().GetRawText());
        Assert.Equal(workflow.Jobs[1].Steps.Select(step => step.Id), content.Job.Steps.Select(step => step.Id));
        Assert.Equal(["container", "uses: docker://"], content.Job.NotYetExecuted.Select(key => key.Key));
        Assert.Equal(workflow.Jobs[1].Steps[0].IfPlace, content.Job.Steps[0].IfPlace);
    }

    /// <remarks>By reflection, so that a key which is added to the language and forgotten on the way fails here.</remarks>
    [Fact]
    public void Every_value_of_a_job_and_a_step_that_a_runner_may_need_arrives()
    {
        var step = Filled(new StepDefinition { Id = "s", Place = new Place(1, 1), If = "success()" });
        var job = Filled(new JobDefinition { Id = "j", Place = new Place(1, 1), Needs = ["a"], If = "success()", Steps = [step] });
        var workflow = new WorkflowDefinition { File = "f", Name = "n", Triggers = [], Jobs = [] };

        var content = JobContent.Read(JobContent.Of(workflow, job).Write()).Job;

        // Where a job stands in a pipeline, and what it is deployed to, decides no step.
        Assert.Equal(Values(job).Except(["Target = Target"]), Values(content));
        Assert.Equal(Values(step), Values(content.Steps[0]));
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
                Assert.Equal(JobContent.Of(workflow!, job).Write().GetRawText(), JobContent.Read(JobContent.Of(workflow!, job).Write()).Write().GetRawText());
        }
    }

    /// <summary>Every value that a file gives as a token is the name of its property.</summary>
    private static T Filled<T>(T definition)
    {
        foreach (var property in typeof(T).GetProperties().Where(property => property.PropertyType == typeof(TemplateToken)))
            property.SetValue(definition, new StringToken(new Place(2, 3), property.Name));
        return definition;
    }

    private static IEnumerable<string> Values<T>(T definition) => typeof(T).GetProperties().Where(property => property.PropertyType == typeof(TemplateToken))
        .Select(property => (property.Name, Token: property.GetValue(definition) as StringToken)).Where(value => value.Token is not null)
        .Select(value => $"{value.Name} = {value.Token!.Value}");
}
