using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

/// <summary>A file that is no YAML: what is wrong above the syntax error is told with it, and nothing is told that only seems wrong because the file broke off.</summary>
public sealed class SyntaxErrorTests
{
    /// <summary>Nothing is wrong in it, and whoever sees only its beginning could think so: needs, outputs and anchors are used before they are made.</summary>
    private const string Good = """
        name: all
        on:
          workflow_dispatch:
            inputs:
              level:
                type: choice
                default: low
                options:
                  - low
                  - high
          workflow_call:
            outputs:
              version:
                value: ${{ jobs.build.outputs.version }}
        concurrency:
          group: ${{ github.ref }}
          cancel-in-progress: true
        env: &env
          A: 1
        jobs:
          test:
            needs: [build, lint]
            runs-on: ${{ matrix.os }}
            strategy:
              matrix:
                os: [ubuntu-latest]
                include:
                  - os: ubuntu-24.04
                    extra: "1"
            container:
              image: node
              credentials:
                username: me
                password: ${{ secrets.PASSWORD }}
            outputs:
              done: ${{ steps.last.outputs.done }}
            steps:
              - uses: actions/checkout@v4
                with:
                  path: a
              - id: last
                run: |
                  echo a
                  echo b
                env: *env
              - parallel:
                  - run: x
                  - run: y
          build:
            runs-on: ubuntu-latest
            outputs:
              version: 1
            steps:
              - run: echo
          lint:
            uses: ./.github/workflows/lint.yml
            with:
              a: b
            secrets: inherit
        """;

    private static readonly string[] Lines = Good.Split('\n');

    public static TheoryData<int, string> Breaks
    {
        get
        {
            var breaks = new TheoryData<int, string>();
            foreach (var wrong in (string[])["a: [b", "a: {", "a: 'b", "a: b: c", "@a", "]", "\t a: b", "  - a: b: c", "? ["])
            {
                for (var line = 0; line <= Lines.Length; line++)
                    breaks.Add(line, wrong);
            }

            return breaks;
        }
    }

    [Fact]
    public void The_good_file_is_good() => Assert.Equal("", Told(Good));

    [Theory]
    [MemberData(nameof(Breaks))]
    public void A_break_in_a_good_file_is_told_alone(int line, string wrong)
    {
        var indentation = line == Lines.Length ? "" : Lines[line][..^Lines[line].TrimStart().Length];
        var yaml = string.Join('\n', [.. Lines[..line], indentation + wrong, .. Lines[line..]]);

        var told = Told(yaml).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // What stands on the line itself is a mistake of its own: a key or a list that does not belong there. In a script nothing is wrong with it.
        Assert.DoesNotContain(told, found => !found.Contains("not valid YAML", StringComparison.Ordinal)
            && !found.StartsWith($"{line + 1} ", StringComparison.Ordinal) && !found.Contains("A sequence was not expected", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("on: pushed\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo 'a': b\n", "1 unexpected-value, 6 yaml")]
    [InlineData("on: pushed\nenv: [\njobs:\n  a: 1\n", "1 unexpected-value, 2 yaml")]
    [InlineData("on: push\njobs:\n  a:\n    runs-on: x\n  a:\n    uses: \"x\n", "5 duplicate-key, 6 yaml")]
    [InlineData("on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n   steps:\n", "5 unknown-key, 6 yaml")]
    [InlineData("on: push\njobs:\n  a:\n    runs-on: x\n    if: foo.bar\n    steps:\n      - uses: checkout\n      - run: ]\n", "5 expression, 7 uses, 8 yaml")]
    [InlineData("on: push\njobz: 1\n---\non: push\n", "2 unknown-key, 3 yaml")]
    public void Mistakes_above_a_syntax_error_are_told_with_it(string yaml, string expected) =>
        Assert.Equal(expected, string.Join(", ", WorkflowReader.Read("a.yml", yaml).Diagnostics.Select(found => $"{found.Place.Line} {found.Code}")));

    [Theory]
    [InlineData("on: push\njobs:\n  a:\n\truns-on: x\n", "4:1 a tab stands in the indentation, which takes spaces only")]
    [InlineData("on: push\njobs:\n  a:\n    steps:\n \t    - run: x\n", "5:2 a tab stands in the indentation, which takes spaces only")]
    [InlineData("on: push\nname: a: b\n", "2:8 a text without quotes cannot hold ': '; put the whole value in quotes")]
    [InlineData("on: push\nname: \"a\n", "2:7 the quote that begins here is not closed")]
    [InlineData("on: [push\njobs: {}\n", "1:5 it cannot be read from here on; the bracket of line 1, column 5 is still open")]
    [InlineData("on: push\nname: @a\n", "2:7 a text cannot begin with this character; put the whole value in quotes")]
    [InlineData("on: push\njobs: x\n  y: z\n", "3:4 this line goes on with the text of the line before; is its indentation right?")]
    public void A_syntax_error_says_where_it_is_and_what_to_do(string yaml, string expected)
    {
        var found = WorkflowReader.Read("a.yml", yaml).Diagnostics.Single(error => error.Code == "yaml");

        Assert.Equal(expected, $"{found.Place} {found.Message.Replace("The file is not valid YAML: ", "", StringComparison.Ordinal)}");
    }

    [Theory]
    [InlineData("on: push\nenv: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]\n", 2)]
    [InlineData("on: push\nname: !!int x\n", 2)]
    public void What_github_refuses_without_a_place_is_shown_at_one(string yaml, int line) =>
        Assert.Equal(line, Linter.Check("a.yml", yaml, LintSettings.Default, null).Single().Place.Line);

    [Fact]
    public void An_action_is_read_up_to_its_syntax_error()
    {
        var codes = ActionManifestReader.Read("action.yml", "name: a\nruns:\n  usin: composite\n  steps: 'a\n").Diagnostics.Select(found => $"{found.Place.Line} {found.Code}");

        Assert.Equal(["3 unknown-key", "4 yaml"], codes);
    }

    private static string Told(string yaml) => string.Join('\n', Linter.Check("a.yml", yaml, LintSettings.Default, null).Select(found => $"{found.Place.Line} {found.Message}"));
}
