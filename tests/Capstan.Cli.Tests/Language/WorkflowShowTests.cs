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
        Assert.Equal($"CI ({file})\n  on: push, pull_request\n  build: 1 step, matrix\n  call: calls ./.github/workflows/x.yml, after build\n", Text(output));
        Assert.Equal($"{file}:3:1: warning: 'permissions' is not yet honoured: it is read and has no effect [not-yet-honoured]\n", Text(error));
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
        WorkflowShow.Command.RunAsync(arguments, new Terminal(output, error, interactive: false, colour: false));

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
