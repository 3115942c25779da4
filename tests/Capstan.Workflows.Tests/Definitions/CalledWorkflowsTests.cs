using System.Globalization;
using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

public sealed class CalledWorkflowsTests
{
    private const string Callee = """
        on:
          workflow_call:
            inputs:
              text: { type: string, required: true }
              count: { type: number }
              flag: { type: boolean, default: true }
            secrets:
              key: { required: true }
              extra:
        jobs:
          work: { name: The work, permissions: { contents: read }, runs-on: x, steps: [ { run: a } ] }
        """;

    [Fact]
    public void A_called_workflow_stands_in_its_job()
    {
        var result = Read("uses: ./callee.yml, with: { text: a, count: 1, FLAG: '${{ inputs.x }}' }, secrets: { key: a }", _ => new LoadedWorkflow.Found(Callee));

        Assert.Empty(Errors(result));
        Assert.Equal(["work"], result.Definition!.Jobs[0].Called!.Jobs.Select(job => job.Id));
    }

    [Fact]
    public void Without_a_way_to_load_them_called_workflows_are_left_alone() =>
        Assert.Null(WorkflowReader.Read("caller.yml", "{ on: push, jobs: { call: { uses: ./callee.yml } } }").Definition!.Jobs[0].Called);

    [Theory]
    [InlineData("secrets: inherit, with: { }", "Input text is required, but not provided while calling")]
    [InlineData("with: { text: a }", "Secret key is required, but not provided while calling")]
    [InlineData("secrets: inherit, with: { text: a, texts: b }", "Invalid input, texts is not defined in the referenced workflow; did you mean 'text'?")]
    [InlineData("secrets: inherit, with: { text: a, count: many }", "Unexpected value 'many': input count is a number")]
    [InlineData("secrets: inherit, with: { text: a, flag: 'true' }", "Unexpected value 'true': input flag is a boolean")]
    [InlineData("secrets: { key: a, kay: b }, with: { text: a }", "Invalid secret, kay is not defined in the referenced workflow; did you mean 'key'?")]
    [InlineData("secrets: inherit, with: { text: a }, permissions: { issues: read }", "Error calling workflow './callee.yml'. The nested job 'The work' is requesting 'contents: read', but is only allowed 'contents: none'")]
    public void A_call_that_does_not_fit_is_an_error_in_the_callers_file(string keys, string message) =>
        Assert.Equal([("caller.yml", message)], Errors(Read($"uses: ./callee.yml, {keys}", _ => new LoadedWorkflow.Found(Callee))).Select(found => (found.File, found.Message)));

    [Theory]
    [InlineData("{ type: boolean, default: 'true' }", "Error from called workflow ./callee.yml (Line: 1, Col: 63): Unexpected value 'true': input i is a boolean")]
    [InlineData("{ type: number, default: many }", "Error from called workflow ./callee.yml (Line: 1, Col: 62): Unexpected value 'many': input i is a number")]
    [InlineData("{ type: number, default: '${{ vars.n }}' }", null)]
    [InlineData("{ type: string, default: 1 }", null)]
    [InlineData("{ type: string, default: x, required: true }", "Input i is required, but not provided while calling")]
    public void A_default_is_of_its_inputs_type_and_no_substitute_for_what_is_required(string input, string? message)
    {
        var errors = Errors(Read("uses: ./callee.yml", _ => new LoadedWorkflow.Found($"on: {{ workflow_call: {{ inputs: {{ i: {input} }} }} }}\njobs: {{ a: {{ runs-on: x }} }}")));

        Assert.Equal(message is null ? [] : [message], errors.Select(found => found.Message));
        Assert.All(errors, found => Assert.Equal(new Place(1, 35), found.Place));
    }

    [Theory]
    [InlineData(null, "The workflow './callee.yml' was not found")]
    [InlineData("on: push\njobs: { a: { runs-on: x, steps: [ { run: a } ] } }", "The workflow './callee.yml' cannot be called: it has no 'workflow_call' under 'on'")]
    [InlineData("on: workflow_call\njob: 1", "Error from called workflow ./callee.yml (Line: 1, Col: 1): Required property is missing: jobs")]
    public void A_workflow_that_cannot_be_called_is_an_error_at_the_call(string? content, string message)
    {
        var found = Errors(Read("uses: ./callee.yml", _ => content is null ? new LoadedWorkflow.Missing() : new LoadedWorkflow.Found(content)))[0];

        Assert.Equal((message, new Place(1, 35)), (found.Message, found.Place));
    }

    [Theory]
    [InlineData("./caller.yml", "./caller.yml -> ./caller.yml")]
    [InlineData("./a.yml", "./a.yml -> ./b.yml -> ./a.yml")]
    [InlineData("$/a.yml", "./a.yml -> ./b.yml -> ./a.yml")]
    [InlineData("o/r/a.yml@v1", "o/r/a.yml@v1 -> o/r/b.yml@v1 -> o/r/a.yml@v1")]
    public void Calls_in_a_circle_are_refused_with_the_chain(string uses, string chain)
    {
        var result = Read($"uses: '{uses}'", reference => Calling(reference.Path == "a.yml" ? "./b.yml" : "$/a.yml"));

        Assert.Equal($"Workflows may not call each other in a circle: {chain}", Assert.Single(Errors(result)).Message);
    }

    [Fact]
    public void Workflows_stand_inside_one_another_so_deep_and_no_deeper()
    {
        Assert.Empty(Errors(Nested(WorkflowReadOptions.DefaultMaxNesting)));
        var found = Assert.Single(Errors(Nested(WorkflowReadOptions.DefaultMaxNesting + 1)));

        Assert.Equal("Nested reusable workflow depth exceeded 10: ./caller.yml -> ./1 -> ./2 -> ./3 -> ./4 -> ./5 -> ./6 -> ./7 -> ./8 -> ./9 -> ./10 -> ./11, called by line 2 of ./10, is one too many", found.Message);
        Assert.False(found.Place.IsKnown);

        static WorkflowReadResult Nested(int depth) => Read("uses: ./1", reference => reference.Path == $"{depth}"
            ? new LoadedWorkflow.Found("on: workflow_call\njobs: { a: { runs-on: x } }")
            : Calling($"./{int.Parse(reference.Path, CultureInfo.InvariantCulture) + 1}"));
    }

    [Fact]
    public void What_a_called_workflow_calls_by_a_local_path_is_from_its_own_repository_and_commit()
    {
        var asked = new List<string>();
        var result = Read("uses: o/r/dir/a.yml@v1", reference =>
        {
            asked.Add(reference.ToString());
            return reference.Path == "dir/a.yml" ? Calling("./dir/b.yml") with { Commit = "abc" } : new LoadedWorkflow.Found(Callee.Replace("required: true", "", StringComparison.Ordinal), "abc", "refs/tags/v1");
        });

        Assert.Empty(Errors(result));
        Assert.Equal(["o/r/dir/a.yml@v1", "o/r/dir/b.yml@v1"], asked);
        Assert.Equal(new WorkflowOrigin(new WorkflowReference("o/r", "dir/b.yml", "v1"), "abc", "refs/tags/v1"), result.Definition!.Jobs[0].Called!.Jobs[0].Called!.Origin);
    }

    [Fact]
    public void A_file_called_many_times_ends_at_the_calls_allowed()
    {
        var jobs = string.Join(", ", Enumerable.Range(0, 40).Select(index => $"j{index}: {{ uses: ./NEXT }}"));
        var found = Errors(Read("uses: ./a", reference => new LoadedWorkflow.Found(
            reference.Path.Length == 3 ? "on: workflow_call\njobs: { a: { runs-on: x } }" : $"on: workflow_call\njobs: {{ {jobs.Replace("NEXT", reference.Path + "a", StringComparison.Ordinal)} }}")));

        Assert.Contains(found, error => error.Message == "More than 1000 workflows are called");
    }

    [Fact]
    public void Why_a_workflow_was_not_found_is_told()
    {
        var found = Assert.Single(Errors(Read("uses: o/r/a.yml@v1", _ => new LoadedWorkflow.Missing("the repository o/r has no tag or branch 'v1'"))));

        Assert.Equal(("The workflow 'o/r/a.yml@v1' was not found: the repository o/r has no tag or branch 'v1'", new Place(1, 35)), (found.Message, found.Place));
    }

    [Fact]
    public void So_many_different_files_may_be_called_and_no_more()
    {
        Assert.Empty(Errors(Chain(WorkflowReadOptions.MaxCalledFiles)));
        Assert.Equal(["More than 50 different workflows are called"], Errors(Chain(WorkflowReadOptions.MaxCalledFiles + 1)).Select(found => found.Message));

        static WorkflowReadResult Chain(int files)
        {
            var jobs = string.Join(", ", Enumerable.Range(0, files).Select(index => $"j{index}: {{ uses: ./f{index}.yml }}"));
            return WorkflowReader.Read("caller.yml", $"{{ on: push, jobs: {{ {jobs} }} }}", new WorkflowReadOptions
            {
                LoadWorkflow = _ => new LoadedWorkflow.Found("on: workflow_call\njobs: { a: { runs-on: x, steps: [ { run: a } ] } }"),
            });
        }
    }

    private static LoadedWorkflow.Found Calling(string uses) => new($"on: workflow_call\njobs: {{ again: {{ uses: '{uses}' }} }}");

    private static WorkflowReadResult Read(string call, Func<WorkflowReference, LoadedWorkflow> load) =>
        WorkflowReader.Read("caller.yml", $"{{ on: push, jobs: {{ call: {{ {call} }} }} }}", new WorkflowReadOptions { LoadWorkflow = load });

    private static IReadOnlyList<Diagnostic> Errors(WorkflowReadResult result) => [.. result.Diagnostics.Where(found => found.Severity == Severity.Error)];
}
