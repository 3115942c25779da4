using System.Diagnostics;
using System.Text;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>The program itself on a terminal of 100 columns and 30 rows, which the system's <c>script</c> makes.</summary>
internal static class PseudoTerminal
{
    /// <inheritdoc cref="RunAsync(string, string, ValueTuple{string, Func{string}}[])"/>
    public static Task<(int Exit, string Shown)> RunAsync(string folder, string arguments, params (string Shown, string Typed)[] answers) =>
        RunAsync(folder, arguments, [.. answers.Select(answer => (answer.Shown, (Func<string>)(() => answer.Typed)))]);

    /// <summary>Runs <c>capstan</c> with these arguments to its end.</summary>
    /// <param name="answers">By what the program shows, once each and in this order: what is typed then.</param>
    /// <returns>All that the terminal was sent, and the exit code.</returns>
    public static async Task<(int Exit, string Shown)> RunAsync(string folder, string arguments, params (string Shown, Func<string> Typed)[] answers)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "capstan");
        var start = new ProcessStartInfo("script", ["-q", "-e", "-c", $"stty cols 100 rows 30; exec '{program}' {arguments}", "/dev/null"])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["TERM"] = "xterm";
        start.Environment["NO_COLOR"] = "1";
        using var process = Process.Start(start)!;
        var shown = new StringBuilder();
        var next = 0;
        var from = 0;
        var buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer) is > 0 and var read)
        {
            shown.Append(buffer, 0, read);
            var text = shown.ToString();
            while (next < answers.Length && text.IndexOf(answers[next].Shown, from, StringComparison.Ordinal) is >= 0 and var at)
            {
                from = at + answers[next].Shown.Length;
                await process.StandardInput.WriteAsync(answers[next++].Typed());
                await process.StandardInput.FlushAsync();
            }
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, shown.ToString().ReplaceLineEndings("\n"));
    }
}
