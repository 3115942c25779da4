using Capstan.Cli.Terminals;
using Capstan.Workflows;
using Capstan.Workflows.Lint;

namespace Capstan.Cli.Language.Lint;

/// <summary><c>capstan lint</c>: what is wrong with workflow files, and what is hardly meant.</summary>
internal static class LintCommand
{
    private const string Name = "lint";

    private const string Help = """
        Checks workflow files: errors that refuse a file, and warnings about what runs otherwise than its author may think.

        Usage:
          capstan lint [PATH...] [--format text|json|sarif]

        PATH is a workflow file, a folder of them, a pipeline, or an action.yml; without one, all of .github/workflows and the pipeline.

        Options:
          --format text   a finding with its line underlined (default)
          --format json   [{"file", "line", "col", "rule", "category", "message", "severity"}], sorted by place
          --format sarif  SARIF 2.1.0, for code scanning

        Labels of your own runners, names of configuration variables and messages to ignore are read from .github/actionlint.yaml or actionlint.yaml.
        Exit code 1 when there is an error.
        """;

    public static HotCommand Command { get; } = new(
        Name,
        "Check workflow files for mistakes",
        Help,
        (arguments, terminal) => Run(arguments, terminal, Directory.GetCurrentDirectory()));

    /// <param name="currentFolder">What paths are relative to.</param>
    internal static int Run(IReadOnlyList<string> arguments, Terminal terminal, string currentFolder)
    {
        var paths = new List<string>();
        var format = "text";
        var reader = new ArgumentReader(Name, arguments);
        while (reader.Read())
        {
            switch (reader.Option)
            {
                case null:
                    paths.Add(reader.Current);
                    break;
                case "--format":
                    format = reader.Value();
                    break;
                default:
                    throw reader.Unknown();
            }
        }

        ILintView view = format switch
        {
            "text" => new LintTextView(terminal),
            "json" => new LintJsonView(terminal),
            "sarif" => new LintSarifView(terminal),
            _ => throw CommandException.Usage($"There is no format '{format}': text, json, sarif.\nSee 'capstan {Name} --help'."),
        };
        var results = LintTargets.Find(currentFolder, paths).Select(target => target.Check(terminal)).ToList();
        view.Write(results);
        return results.SelectMany(result => result.Findings).Any(found => found.Severity == Severity.Error) ? ExitCodes.Bad : ExitCodes.Good;
    }
}

/// <summary>What was found in one file.</summary>
/// <param name="File">As it is shown: relative to the current folder where it lies in it.</param>
internal sealed record LintResult(string File, string Text, IReadOnlyList<LintFinding> Findings);

/// <summary>A form of output.</summary>
internal interface ILintView
{
    void Write(IReadOnlyList<LintResult> results);
}
