using System.Buffers;
using System.Text;
using System.Text.Json;
using Capstan.Cli.Language;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Language;

public sealed class LanguageCommandsTests
{
    private readonly MemoryStream output = new();
    private readonly MemoryStream error = new();

    [Theory]
    [InlineData("""{"expr":"1 + 1"}""", """{"ok":false,"phase":"parse","message":"Unexpected symbol: '+'. Located at position 3 within expression: 1 + 1","position":3}""")]
    [InlineData("""{"expr":"x.a","contexts":{"X":{"A":[1]}}}""", """{"ok":true,"kind":"Array","value":[1],"string":"Array"}""")]
    [InlineData("""{"expr":"'é' || success()"}""", """{"ok":true,"kind":"String","value":"é","string":"é"}""")]
    [InlineData("""{"expr":"failure()","status":"failure"}""", """{"ok":true,"kind":"Boolean","value":true,"string":"true"}""")]
    [InlineData("""{"expr":"1 && fromJSON('')"}""", """{"ok":false,"phase":"evaluation"}""")]
    [InlineData("""{"expr":""}""", """{"ok":true,"kind":"Null","value":null,"string":""}""")]
    [InlineData("""{"expr":"0x10 == 16 && -0"}""", """{"ok":true,"kind":"Number","value":0,"string":"0"}""")]
    public void Eval_answers_with_value_or_error(string question, string answer) => Check(EvalCommand.Answer, question, answer);

    [Theory]
    [InlineData("""{"matrix":{"a":[1,2],"include":[{"b":3}]}}""", """{"ok":true,"combinations":[{"a":1,"b":3},{"a":2,"b":3}]}""")]
    [InlineData("""{"matrix":{"a":[]}}""", """{"ok":false,"message":"Matrix vector 'a' does not contain any values"}""")]
    public void Matrix_answers_with_combinations_or_message(string question, string answer) => Check(WorkflowMatrixCommand.Answer, question, answer);

    [Theory]
    [InlineData("push", "\"ref\":\"refs/heads/main\",\"changed\":[\"src/a\"]", true, "branch 'main' matches 'main' of branches; changed path 'src/a' matches 'src/**' of paths")]
    [InlineData("push", "\"ref\":\"refs/heads/next\"", false, "branch 'next' matches no pattern of branches (main)")]
    [InlineData("pull_request", "\"ref\":\"refs/pull/1/merge\",\"base\":\"main\",\"action\":\"closed\"", true, "activity type 'closed' is in types (closed)")]
    [InlineData("release", "\"ref\":null", false, "'on' does not name release, only push, pull_request")]
    public void Triggers_answers_with_a_decision_and_its_reason(string @event, string rest, bool fires, string why)
    {
        const string Yaml = """
            on:
              push: {branches: [main], paths: [src/**]}
              pull_request: {types: [closed]}
            jobs:
              a: {runs-on: x, steps: [{run: x}]}
            """;
        var question = $$"""{"yaml":{{JsonSerializer.Serialize(Yaml)}},"event":"{{@event}}",{{rest}}}""";

        Check(WorkflowTriggersCommand.Answer, question, JsonSerializer.Serialize(new { fires, why }));
    }

    [Theory]
    [InlineData("workflow_run", "\"workflow\":\"CI\"", true, "workflow 'CI' is in workflows (CI)")]
    [InlineData("workflow_run", "\"workflow\":\"Release\"", false, "workflow 'Release' is not in workflows (CI)")]
    [InlineData("image_version", "\"image_name\":\"base\",\"image_version\":\"1.2.0\"", true, "image 'base' is in names (base); version '1.2.0' matches '1.*' of versions")]
    [InlineData("image_version", "\"image_name\":\"base\",\"image_version\":\"2.0.0\"", false, "version '2.0.0' is not in versions (1.*)")]
    public void Triggers_asks_the_names_that_the_event_is_about(string @event, string rest, bool fires, string why)
    {
        const string Yaml = "on: { workflow_run: { workflows: [CI] }, image_version: { names: [base], versions: ['1.*'] } }\njobs: { a: { runs-on: x, steps: [ { run: x } ] } }";

        Check(WorkflowTriggersCommand.Answer, $$"""{"yaml":{{JsonSerializer.Serialize(Yaml)}},"event":"{{@event}}",{{rest}}}""", JsonSerializer.Serialize(new { fires, why }));
    }

    [Theory]
    [InlineData("on: push\njobs: {a: {runs-on: x, steps: [{run: y}]}}", "{\"valid\":true}")]
    [InlineData("on: push\nwrong: 1\njobs: {a: {runs-on: x, steps: [{run: y}]}}", "{\"valid\":false}")]
    public void Show_answers_with_what_is_understood(string yaml, string answer) =>
        Check((question, writer) => WorkflowShow.Answer(question, writer, template: false), JsonSerializer.Serialize(new { yaml }), answer);

    [Fact]
    public void An_invalid_workflow_does_not_fire() => Check(
        WorkflowTriggersCommand.Answer,
        """{"yaml":"on: push","event":"push"}""",
        """{"fires":false}""");

    /// <summary>Each command refuses in the form in which it answers, so that programs need to know only that one.</summary>
    [Theory]
    [InlineData("eval", """{"id":1}""", "id ok phase message position")]
    [InlineData("eval", """{"id":1,"expr":null}""", "id ok phase message position")]
    [InlineData("eval", """{"id":1,"expr":["a"]}""", "id ok phase message position")]
    [InlineData("eval", """{"id":1,"expr":"a","contexts":[1]}""", "id ok phase message position")]
    [InlineData("eval", """{"id":1,"expr":"a","status":"fine"}""", "id ok phase message position")]
    [InlineData("eval", """{"id":1,"expr":"a","status":1}""", "id ok phase message position")]
    [InlineData("workflow matrix", """{"id":1}""", "id ok message")]
    [InlineData("workflow matrix", """{"id":1,"matrix":7}""", "id ok message")]
    [InlineData("workflow triggers", """{"id":1,"yaml":"on: push"}""", "id fires why filters")]
    [InlineData("workflow triggers", """{"id":1,"event":"push"}""", "id fires why")]
    [InlineData("workflow triggers", """{"id":1,"yaml":"on: {push: {paths: [a]}}\njobs: {a: {runs-on: x}}","event":"push","changed":"a"}""", "id fires why")]
    [InlineData("workflow show", """{"id":1}""", "id valid errors warnings")]
    [InlineData("workflow show", """{"id":1,"yaml":7}""", "id valid errors warnings")]
    public void A_question_that_cannot_be_read_is_refused_in_the_form_of_the_answers(string command, string question, string properties)
    {
        var (answer, refuse) = command switch
        {
            "eval" => (EvalCommand.Answer, EvalCommand.Refuse),
            "workflow matrix" => (WorkflowMatrixCommand.Answer, WorkflowMatrixCommand.Refuse),
            "workflow triggers" => (WorkflowTriggersCommand.Answer, WorkflowTriggersCommand.Refuse),
            _ => ((Action<JsonElement, Utf8JsonWriter>)((q, writer) => WorkflowShow.Answer(q, writer, template: false)), (Action<string, Utf8JsonWriter>)WorkflowSummary.Refuse),
        };
        using var input = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(question));

        Assert.Equal(ExitCodes.Good, JsonLines.Answer(input, new Terminal(output, error, interactive: false, colour: false), answer, refuse));

        using var answered = JsonDocument.Parse(Text(output));
        Assert.Equal(properties, string.Join(' ', answered.RootElement.EnumerateObject().Select(property => property.Name)));
    }

    [Theory]
    [InlineData("-1", "-1\n")]
    [InlineData("-.5", "-0.5\n")]
    public async Task A_negative_number_is_an_expression(string expression, string value)
    {
        Assert.Equal(ExitCodes.Good, await RunAsync(EvalCommand.Command, expression));
        Assert.Equal(value, Text(output));
    }

    [Fact]
    public async Task Eval_prints_the_value_as_json()
    {
        Assert.Equal(ExitCodes.Good, await RunAsync(EvalCommand.Command, "github.ref", "--context", """github={"ref":"é"}"""));
        Assert.Equal("\"é\"\n", Text(output));
    }

    [Fact]
    public async Task Eval_of_what_has_no_value_is_a_bad_answer()
    {
        Assert.Equal(ExitCodes.Bad, await RunAsync(EvalCommand.Command, "github.ref"));
        Assert.Equal("Unrecognized named-value: 'github'. Located at position 1 within expression: github.ref\n", Text(error));
    }

    [Fact]
    public async Task Eval_reads_contexts_from_a_file_and_single_ones_win()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, """{"a":1,"b":2}""", TestContext.Current.CancellationToken);
            Assert.Equal(ExitCodes.Good, await RunAsync(EvalCommand.Command, "format('{0}{1}', a, b)", "--contexts", file, "--context", "B=3"));
            Assert.Equal("\"13\"\n", Text(output));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData]
    [InlineData("1", "2")]
    [InlineData("1", "--ndjson")]
    [InlineData("1", "--context", "x")]
    [InlineData("1", "--context", "x={")]
    [InlineData("1", "--contexts", "/nowhere")]
    [InlineData("1", "--status", "fine")]
    [InlineData("1", "--unknown")]
    public async Task A_wrong_call_of_eval_is_a_usage_error(params string[] arguments)
    {
        var exception = await Assert.ThrowsAsync<CommandException>(() => RunAsync(EvalCommand.Command, arguments));

        Assert.Equal(ExitCodes.Usage, exception.ExitCode);
    }

    [Fact]
    public async Task Commands_that_only_answer_lines_say_so()
    {
        await Assert.ThrowsAsync<CommandException>(() => RunAsync(WorkflowMatrixCommand.Command));
        await Assert.ThrowsAsync<CommandException>(() => RunAsync(WorkflowTriggersCommand.Command, "--ndjson", "file.yml"));
    }

    private static void Check(Action<JsonElement, Utf8JsonWriter> answer, string question, string expected)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JsonLines.Write(buffer, writer =>
        {
            writer.WriteStartObject();
            answer(JsonDocument.Parse(question).RootElement, writer);
            writer.WriteEndObject();
        });

        var actual = JsonDocument.Parse(buffer.WrittenMemory).RootElement;
        foreach (var property in JsonDocument.Parse(expected).RootElement.EnumerateObject())
        {
            Assert.Equal(property.Value.ToString(), actual.GetProperty(property.Name).ToString());
        }
    }

    private Task<int> RunAsync(HotCommand command, params string[] arguments) =>
        Task.Run(() => command.Run(arguments, new Terminal(output, error, interactive: false, colour: false)));

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}
