using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;
using Xunit;

namespace Capstan.Workflows.Tests.Yaml;

/// <summary>YAML as the workflow reader sees it: the value is the one item of a matrix vector, where everything is allowed.</summary>
public sealed class YamlReaderTests
{
    [Theory]
    [InlineData("abc", "String abc")]
    [InlineData("'12'", "String 12")]
    [InlineData("\"a\\tb\"", "String a\tb")]
    [InlineData("!!str 12", "String 12")]
    [InlineData("! 12", "String 12")]
    [InlineData("12", "Number 12")]
    [InlineData("-0o17", "String -0o17")]
    [InlineData("0o17", "Number 15")]
    [InlineData("0xfF", "Number 255")]
    [InlineData("0b11", "String 0b11")]
    [InlineData("1_000", "String 1_000")]
    [InlineData("1.", "Number 1")]
    [InlineData(".5e-1", "Number 0.05")]
    [InlineData(".", "String .")]
    [InlineData("1e", "String 1e")]
    [InlineData("+.inf", "Number Infinity")]
    [InlineData(".NaN", "Number NaN")]
    [InlineData(".nAn", "String .nAn")]
    [InlineData("TRUE", "Boolean true")]
    [InlineData("yes", "String yes")]
    [InlineData("off", "String off")]
    [InlineData("~", "Null ")]
    [InlineData("Null", "Null ")]
    [InlineData("", "Null ")]
    [InlineData("2026-11-21", "String 2026-11-21")]
    [InlineData("12:30", "String 12:30")]
    [InlineData("\"\\ud83d\\ude00\"", "String 😀")]
    public void A_scalar_means_what_the_core_schema_says(string yaml, string expected)
    {
        var item = Item(yaml);

        Assert.Equal(expected, $"{item.GetType().Name.Replace("Token", "", StringComparison.Ordinal)} {TemplateReader.TextOf(item)}");
    }

    [Fact]
    public void Text_with_windows_line_ends_and_a_byte_order_mark_reads_alike()
    {
        const string Text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          one\n          two\n";

        var plain = WorkflowReader.Read("a.yml", Text).Definition!;
        var windows = WorkflowReader.Read("a.yml", "\uFEFF" + Text.Replace("\n", "\r\n", StringComparison.Ordinal)).Definition!;

        Assert.Equal(plain.Jobs[0].Steps[0].Run, windows.Jobs[0].Steps[0].Run);
    }

    [Fact]
    public void An_alias_stands_for_its_anchor_with_the_anchors_place()
    {
        var workflow = WorkflowReader.Read("a.yml", """
            on: push
            jobs:
              one: &job
                runs-on: x
                env: &env { A: 1 }
                steps: [ { run: a } ]
              two: *job
              three:
                runs-on: y
                env: *env
                steps: [ { run: b } ]
            """).Definition!;

        Assert.Equal("x", Assert.IsType<StringToken>(workflow.Jobs[1].RunsOn).Value);
        Assert.Equal(new Place(4, 14), workflow.Jobs[1].RunsOn!.Place);
        Assert.Equal(workflow.Jobs[0].Env!.ToString(), workflow.Jobs[2].Env!.ToString());
    }

    [Theory]
    [InlineData("on: [", "yaml")]
    [InlineData("on: *a", "yaml")]
    [InlineData("a: &a [*a]", "yaml")]
    [InlineData("on: push\n---\non: push", "yaml")]
    [InlineData("on: !!binary aaaa", "yaml")]
    [InlineData("on: \"abc", "yaml")]
    [InlineData("on: push: x", "yaml")]
    [InlineData("on: push\njobs: 1", "unexpected-value")]
    [InlineData("", "unexpected-value")]
    [InlineData("# nothing", "unexpected-value")]
    [InlineData("[a]", "unexpected-sequence")]
    [InlineData("on: push\njobs:\n  a: &a { runs-on: x, steps: [] }\n  b:\n    <<: *a\n    runs-on: y", "merge-key")]
    public void What_is_no_workflow_gets_one_error(string yaml, string code)
    {
        var result = WorkflowReader.Read("a.yml", yaml);

        Assert.Null(result.Definition);
        Assert.Equal([code], result.Diagnostics.Where(found => found.Severity == Severity.Error).Select(found => found.Code).Distinct());
    }

    [Fact]
    public void A_file_at_each_limit_is_read_and_one_above_it_is_refused()
    {
        var limits = new YamlLimits { MaxFileSize = 200, MaxDepth = 7, MaxEvents = 40 };

        Assert.Empty(Errors(Workflow("[]"), limits));
        Assert.Equal(["Maximum object depth exceeded: sequences and mappings stand more than 7 levels inside one another, from line 2, column 53 on"], Errors(Workflow("[[]]"), limits));
        Assert.Empty(Errors(Workflow("a").PadRight(200), limits));
        Assert.Equal(["The maximum file size of 200 characters has been exceeded"], Errors(Workflow("a").PadRight(201), limits));
        Assert.Empty(Errors(Workflow("[" + string.Join(',', Enumerable.Repeat('a', 17)) + "]"), limits));
        Assert.Single(Errors(Workflow("[" + string.Join(',', Enumerable.Repeat('a', 30)) + "]"), limits));
    }

    [Fact]
    public void An_alias_bomb_ends()
    {
        var bomb = "on: &a [push, push, push, push, push, push, push, push, push, push]\n"
            + string.Concat(Enumerable.Range(1, 20).Select(level => $"k{level}: &{(char)('a' + level)} [{string.Join(", ", Enumerable.Repeat($"*{(char)('a' + level - 1)}", 10))}]\n"));

        Assert.Contains("The file has more than 1000000 YAML nodes, aliases written out, from line 6, column 37 on", Errors(bomb, YamlLimits.Default));
    }

    [Fact]
    public void A_block_that_begins_with_blank_lines_is_read()
    {
        var run = WorkflowReader.Read("a.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          \n          echo a\n").Definition!.Jobs[0].Steps[0].Run;

        Assert.Equal("\necho a\n", Assert.IsType<StringToken>(run).Value);
    }

    private static string Workflow(string item) => $"on: push\njobs: {{ a: {{ runs-on: x, strategy: {{ matrix: {{ v: [{item}] }} }}, steps: [] }} }}\n";

    private static TemplateToken Item(string yaml)
    {
        var result = WorkflowReader.Read("a.yml", $"on: push\njobs:\n  a:\n    runs-on: x\n    steps: [run: a]\n    strategy:\n      matrix:\n        v:\n          - {yaml}\n");
        Assert.Empty(result.Diagnostics);
        var matrix = Assert.IsType<MappingToken>(result.Definition!.Jobs[0].Strategy!.Matrix);
        return Assert.IsType<SequenceToken>(matrix.Find("v")).Items[0];
    }

    private static IEnumerable<string> Errors(string yaml, YamlLimits limits) =>
        WorkflowReader.Read("a.yml", yaml, new WorkflowReadOptions { Limits = limits }).Diagnostics.Where(found => found.Severity == Severity.Error).Select(found => found.Message);
}
