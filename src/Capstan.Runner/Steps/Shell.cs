using Capstan.Runner.Processes;

namespace Capstan.Runner.Steps;

/// <summary>
/// How a script is run: the program, and its arguments with <c>{0}</c> for the script's path.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
/// </summary>
/// <param name="Program">An absolute path.</param>
/// <param name="Extension">Of the script file, with its dot.</param>
internal sealed record Shell(string Program, IReadOnlyList<string> Arguments, string Extension)
{
    private const string Placeholder = "{0}";

    /// <param name="option">The value of <c>shell</c>; empty when not given.</param>
    /// <exception cref="StepFailure">No such program, or not a form that can take a script.</exception>
    public static Shell Resolve(string option, string path, string folder)
    {
        if (option.Length == 0)
        {
            // Without a shell given the flags are fewer: no pipefail, and profiles as bash reads them for scripts (none).
            return ExecutableSearch.Find("bash", path, folder) is { } bash
                ? new Shell(bash, ["-e", Placeholder], ".sh")
                : new Shell(Locate("sh", path, folder), ["-e", Placeholder], ".sh");
        }

        var words = CommandLine.Split(option);
        if (words.Count == 0) throw new StepFailure("The shell is blank: give one of bash, sh, python, pwsh, or a command with {0} for the script's path");
        var extension = ExtensionOf(words[0]);
        if (words.Count > 1)
        {
            if (!words.Skip(1).Any(w => w.Contains(Placeholder, StringComparison.Ordinal))) throw Invalid();
            return new Shell(Locate(words[0], path, folder), [.. words.Skip(1)], extension);
        }

        return words[0].ToUpperInvariant() switch
        {
            "BASH" => new Shell(Locate("bash", path, folder), ["--noprofile", "--norc", "-e", "-o", "pipefail", Placeholder], extension),
            "SH" => new Shell(Locate("sh", path, folder), ["-e", Placeholder], extension),
            "PYTHON" => new Shell(ExecutableSearch.Find("python", path, folder) ?? Locate("python3", path, folder), [Placeholder], extension),
            "PWSH" => new Shell(Locate("pwsh", path, folder), ["-command", ". '" + Placeholder + "'"], extension),
            _ => throw Invalid(),
        };
    }

    /// <summary>The command with the script's path in its place.</summary>
    public List<string> CommandFor(string script)
    {
        var command = new List<string>(Arguments.Count + 1) { Program };
        foreach (var argument in Arguments) command.Add(argument.Replace(Placeholder, script, StringComparison.Ordinal));
        return command;
    }

    public override string ToString() => Program + " " + string.Join(' ', Arguments);

    /// <summary>What is written to the script file: lines end with LF, and PowerShell stops at errors and passes on exit codes.</summary>
    public string ContentFor(string script)
    {
        var text = script.Replace("\r\n", "\n", StringComparison.Ordinal);
        return Extension == ".ps1"
            ? $"$ErrorActionPreference = 'stop'\n{text}\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) {{ exit $LASTEXITCODE }}"
            : text;
    }

    private static string Locate(string name, string path, string folder) =>
        ExecutableSearch.Find(name, path, folder) ?? throw new StepFailure($"{name}: command not found on PATH");

    private static string ExtensionOf(string program) => Path.GetFileName(program).ToUpperInvariant() switch
    {
        "BASH" or "SH" => ".sh",
        "PYTHON" or "PYTHON3" => ".py",
        "PWSH" or "POWERSHELL" => ".ps1",
        _ => "",
    };

    private static StepFailure Invalid() =>
        new("Invalid shell option. Shell must be a valid built-in (bash, sh, python, pwsh) or a format string containing '{0}'");
}
