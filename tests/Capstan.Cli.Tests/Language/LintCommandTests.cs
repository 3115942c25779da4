using System.Text;
using System.Text.Json;
using Capstan.Cli.Language.Lint;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Language;

public sealed class LintCommandTests : IDisposable
{
    private const string Good = "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [ { run: make } ] } }\n";
    private const string Warned = "on: push\njobs:\n  a:\n    runs-on: gpu\n    steps:\n      - run: |\n          make\n          echo ${{ github.actr }}\n";
    private const string Refused = "on: pushed\njobs: { a: { runs-on: ubuntu-latest, steps: [ { run: make } ] } }\n";

    private readonly string root = Directory.CreateTempSubdirectory("lint").FullName;
    private readonly MemoryStream output = new();
    private readonly MemoryStream error = new();

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Without_a_path_all_workflows_of_the_repository_are_checked()
    {
        Write(".github/workflows/good.yml", Good);
        Write(".github/workflows/refused.yaml", Refused);
        Write(".github/workflows/notes.txt", "no workflow");

        Assert.Equal(ExitCodes.Bad, Lint());
        Assert.StartsWith(".github/workflows/refused.yaml:1:5: error: unknown Webhook event \"pushed\"", Output, StringComparison.Ordinal);
        Assert.EndsWith("1 error, 0 warnings in 1 of 2 files.\n", Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pipeline_in_the_root_of_the_repository_is_checked_by_its_own_keys()
    {
        Write(".capstan.yml", "jobs:\n  a: { commands: make }\n");
        Write(".shipinator.yaml", "jobs:\n  a: { commands: make, imge: x }\n");

        Assert.Equal(ExitCodes.Bad, Lint());
        Assert.StartsWith(".shipinator.yaml:2:24: error: Unexpected value 'imge'; did you mean 'image'?", Output, StringComparison.Ordinal);
        Assert.EndsWith("1 error, 0 warnings in 1 of 2 files.\n", Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finding_shows_its_line_and_underlines_what_is_meant()
    {
        Write("ci.yml", Warned.Replace("gpu", "ubuntu-latest", StringComparison.Ordinal));

        Assert.Equal(ExitCodes.Good, Lint("ci.yml"));
        Assert.Equal(
            """
            ci.yml:8:20: warning: 'github' has no property 'actr'; did you mean 'actor'? [expression]
            8 |           echo ${{ github.actr }}
              |                    ^~~~~~~~~~~
            0 errors, 1 warning in 1 of 1 file.

            """,
            Output);
    }

    [Fact]
    public void Where_nothing_is_found_it_says_so()
    {
        Write("ci.yml", Good);

        Assert.Equal(ExitCodes.Good, Lint("ci.yml"));
        Assert.Equal("Nothing found in 1 file.\n", Output);
    }

    [Fact]
    public void As_json_a_finding_has_the_fields_of_the_contract()
    {
        Write("ci.yml", Warned);

        Assert.Equal(ExitCodes.Good, Lint("ci.yml", "--format", "json"));
        using var document = JsonDocument.Parse(Output);
        Assert.Equal(
            ["ci.yml 4:14 runner-label unknown-runner-label warning 4:14", "ci.yml 6:14 expression unknown-property warning 8:20"],
            document.RootElement.EnumerateArray().Select(found => string.Join(
                ' ',
                Text(found, "file"),
                $"{found.GetProperty("line")}:{found.GetProperty("col")}",
                Text(found, "rule"),
                Text(found, "category"),
                Text(found, "severity"),
                $"{found.GetProperty("at").GetProperty("line")}:{found.GetProperty("at").GetProperty("col")}")));
    }

    [Fact]
    public void As_sarif_every_result_names_a_rule_of_the_driver()
    {
        Write("a b.yml", Warned);

        Assert.Equal(ExitCodes.Good, Lint("a b.yml", "--format=sarif"));
        using var document = JsonDocument.Parse(Output);
        Assert.Equal("2.1.0", Text(document.RootElement, "version"));
        var run = document.RootElement.GetProperty("runs")[0];
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(rule => Text(rule, "id")).ToHashSet();
        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.All(results, result => Assert.Contains(Text(result, "ruleId"), rules));
        var place = results[1].GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("a%20b.yml", Text(place.GetProperty("artifactLocation"), "uri"));
        Assert.Equal("""{"startLine":8,"startColumn":20,"endColumn":31}""", place.GetProperty("region").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Actions_and_settings_of_the_repository_are_read()
    {
        Write(".github/actionlint.yaml", "self-hosted-runner: { labels: [gpu] }");
        Write("act/action.yml", "name: a\ndescription: b\nruns: { using: docker, image: 'docker://alpine' }\n");
        Write(".github/workflows/ci.yml", "on: push\njobs: { a: { runs-on: gpu, steps: [ { uses: ./act, with: { x: 1 } } ] } }\n");

        Assert.Equal(ExitCodes.Good, Lint(".github/workflows/ci.yml"));
        Assert.Contains("The action './act' has no input 'x'", Output, StringComparison.Ordinal);
        Assert.DoesNotContain("gpu\" is unknown", Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_action_that_is_named_is_checked_itself()
    {
        Write("act/action.yml", "name: a\ndescription: b\nruns: { using: node20, main: gone.js }\n");

        Assert.Equal(ExitCodes.Good, Lint("act/action.yml"));
        Assert.Contains("act/action.yml:3:30: warning: The file 'gone.js'", Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workflow_reads_nothing_outside_of_its_repository()
    {
        var outside = Path.GetFileName(Directory.CreateTempSubdirectory("outside").FullName);
        Write($"../{outside}/action.yml", "runs: 1");
        Write(".github/workflows/ci.yml", $"on: push\njobs: {{ a: {{ runs-on: ubuntu-latest, steps: [ {{ uses: ./../{outside} }} ] }} }}\n");

        Assert.Equal(ExitCodes.Good, Lint(".github/workflows/ci.yml"));
        Assert.Equal("Nothing found in 1 file.\n", Output);
        Directory.Delete(Path.Combine(root, "..", outside), recursive: true);
    }

    [Theory]
    [InlineData("There is no format 'xml'", "ci.yml", "--format", "xml")]
    [InlineData("There is no file or folder 'gone.yml'", "gone.yml")]
    [InlineData("'--fix' is no option", "--fix")]
    [InlineData("There is no .github/workflows")]
    public void A_wrong_call_says_what_is_wrong(string message, params string[] arguments)
    {
        Write("ci.yml", Good);

        var refusal = Assert.Throws<CommandException>(() => Lint(arguments));
        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private string Output => Encoding.UTF8.GetString(output.ToArray());

    private int Lint(params string[] arguments) => LintCommand.Run(arguments, new Terminal(output, error, interactive: false, colour: false), root);

    private void Write(string name, string text)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
