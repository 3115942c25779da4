using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Capstan.Conformance.EndToEnd;

/// <summary>What one call of <c>capstan run --json</c> printed.</summary>
/// <param name="Events">In order.</param>
/// <param name="Errors">Standard error, for people.</param>
internal sealed record ProgramRun(int ExitCode, IReadOnlyList<JsonElement> Events, string Errors)
{
    /// <summary>No case needs more than a few seconds; one that hangs must not hang the corpus.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public IEnumerable<JsonElement> OfType(string type) => Events.Where(seen => seen.GetProperty("type").ValueEquals(type));

    /// <exception cref="TimeoutException">It did not end in time; it is stopped.</exception>
    public static ProgramRun Of(string program, string folder, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment.TryAdd("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")));
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"capstan run did not end within {Limit.TotalSeconds} seconds");
        }

        var events = output.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();
        return new ProgramRun(process.ExitCode, events, errors.GetAwaiter().GetResult());
    }

    private static JsonElement Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
