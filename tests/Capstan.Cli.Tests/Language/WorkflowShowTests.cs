using System.Text;
using System.Text.Json;
using Capstan.Cli.Language;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Language;

public sealed class WorkflowShowTests : IDisposable
{
    private const string Good = """
        name: CI
        on: [push, pull_request]
        permissions: read-all
        jobs:
          build: { runs-on: linux, strategy: { matrix: { v: [1] } }, steps: [ { run: "echo ${{ matrix.v }}" } ] }
          call: { needs: build, uses: ./.github/workflows/x.yml }
        """;

    private readonly string file = Path.GetTempFileName();
    private readonly MemoryStream output = new();
    private readonly MemoryStream error = new();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task A_valid_file_is_described_for_people()
    {
        Assert.Equal(ExitCodes.Good, await ShowAsync(Good));
        Assert.Equal(
            $$$"""
            CI ({{{file}}})
              on push
              on pull_request
              permissions read-all
              └─ build  on linux
                 │  matrix v: 1
                 │  1 Run echo ${{ matrix.v }}
                 └─ call  calls ./.github/workflows/x.yml

            """,
            Text(output));
        Assert.Equal(
            $"""
            {file}:2:12: warning: The event 'pull_request' is not yet honoured: a server starts no run for it; 'capstan run --event pull_request' does [not-yet-honoured]
            {file}:3:1: warning: 'permissions' is not yet honoured: it is read and has no effect [not-yet-honoured]

            """,
            Text(error));
    }

    [Fact]
    public async Task Filters_inputs_conditions_and_groups_of_steps_are_shown_as_they_were_written()
    {
        const string Full = """
            on:
              push: { branches: [main], paths-ignore: [docs/**] }
              workflow_dispatch: { inputs: { to: { required: true, type: choice, options: [a] }, n: { type: number, default: 3 } } }
              schedule: [ { cron: "0 4 * * *" } ]
            concurrency: { group: "${{ github.ref }}", cancel-in-progress: true }
            jobs:
              a:
                name: All of it
                if: github.ref == 'x'
                runs-on: [big, linux]
                environment: live
                steps:
                  - { name: "To ${{ inputs.to }}", if: failure(), run: x }
                  - parallel: [ { run: one }, { uses: some/action@v1 } ]
              b: { runs-on: u, container: node, steps: [ { run: b } ] }
              c: { needs: [a, b], runs-on: u, steps: [ { run: "first\nsecond" } ] }
            """;

        Assert.Equal(ExitCodes.Good, await ShowAsync(Full));

        Assert.Equal(
            $$$"""
            {{{file}}}
              on push: branches main; paths-ignore docs/**
              on workflow_dispatch: inputs to (choice, required), n (number, 3 by default)
              on schedule: cron: 0 4 * * *
              concurrency group: ${{ github.ref }}; cancel-in-progress: true
              ├─ a (All of it)  on big, linux  deploy
              │     if github.ref == 'x'
              │     environment live
              │     1 To ${{ inputs.to }}  if failure()
              │     2 at the same time
              │       2.1 Run one
              │       2.2 some/action@v1
              └─ b  on u
                 │  not executed yet: container (15:20)
                 │  container node
                 │  1 Run b
                 └─ c  on u  after a, b
                       1 Run first

            """,
            Text(output));
    }

    [Fact]
    public async Task A_pipeline_is_shown_with_its_stages()
    {
        var folder = Directory.CreateTempSubdirectory("capstan-pipeline-");
        try
        {
            var pipeline = Path.Combine(folder.FullName, ".capstan.yml");
            await File.WriteAllTextAsync(pipeline, "name: P\ntriggers: push\nstages: [a, b]\njobs:\n  x: { stage: a, commands: x }\n  y: { stage: b, type: test, commands: y }\n", TestContext.Current.CancellationToken);

            Assert.Equal(ExitCodes.Good, await RunAsync([pipeline]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.EndsWith(
            """
              on push
              └─ x  on linux  stage a
                 │  1 actions/checkout@v4
                 │  2 Run x
                 └─ y  on linux  stage b  test
                       1 actions/checkout@v4
                       2 Run y

            """,
            Text(output),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_file_is_a_bad_answer_with_places()
    {
        Assert.Equal(ExitCodes.Bad, await ShowAsync("on: push\njob: {}\n"));
        Assert.Equal("", Text(output));
        Assert.StartsWith($"{file}:1:1: error: Required property is missing: jobs [missing-key]\n{file}:2:1: error: Unexpected value 'job'", Text(error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_json_a_file_is_one_line_with_its_summary()
    {
        Assert.Equal(ExitCodes.Good, await ShowAsync(Good, "--json"));

        using var answer = JsonDocument.Parse(Text(output));
        Assert.True(answer.RootElement.GetProperty("valid").GetBoolean());
        var summary = answer.RootElement.GetProperty("summary");
        Assert.Equal("""["pull_request","push"]""", summary.GetProperty("events").GetRawText());
        Assert.Equal("""{"id":"call","type":"reusableWorkflowJob","needs":["build"],"steps":0,"uses":"./.github/workflows/x.yml","strategy":false,"container":false,"services":false}""", summary.GetProperty("jobs")[1].GetRawText());
        Assert.False(answer.RootElement.TryGetProperty("template", out _));
    }

    [Fact]
    public async Task The_template_has_the_form_of_githubs_parsers()
    {
        Assert.Equal(ExitCodes.Good, await ShowAsync(Good, "--template"));

        using var answer = JsonDocument.Parse(Text(output));
        var step = answer.RootElement.GetProperty("template").GetProperty("jobs")[0].GetProperty("steps")[0];
        Assert.Equal("""{"type":3,"expr":"success()"}""", step.GetProperty("if").GetRawText());
        Assert.Equal("format('echo {0}', matrix.v)", step.GetProperty("run").GetProperty("expr").GetString());
    }

    [Theory]
    [InlineData()]
    [InlineData("--ndjson", "a.yml")]
    [InlineData("--wrong", "a.yml")]
    [InlineData("no-such-file.yml")]
    [InlineData("")]
    public async Task A_wrong_call_is_refused(params string[] arguments)
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync(arguments));
        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
    }

    private async Task<int> ShowAsync(string yaml, params string[] options)
    {
        await File.WriteAllTextAsync(file, yaml, TestContext.Current.CancellationToken);
        return await RunAsync([file, .. options]);
    }

    private Task<int> RunAsync(string[] arguments) =>
        Task.Run(() => WorkflowShow.Command.Run(arguments, new Terminal(output, error, interactive: false, colour: false)));

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
