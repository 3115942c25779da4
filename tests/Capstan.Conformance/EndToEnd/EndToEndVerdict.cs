using System.Globalization;
using System.Text.Json;

namespace Capstan.Conformance.EndToEnd;

/// <summary>Compares what a run showed with what a case expects.</summary>
internal static class EndToEndVerdict
{
    /// <summary>How much of what was seen is told with a difference.</summary>
    private const int ToldLines = 12;

    /// <summary>A job of several legs has the result that comes first here.</summary>
    private static readonly string[] WorstFirst = ["failure", "timed_out", "cancelled", "success", "skipped"];

    /// <summary>Null when all is as expected.</summary>
    public static string? Difference(EndToEndCase @case, ProgramRun run)
    {
        var differences = new List<string>();
        Compare(differences, "result", @case.Result, ResultOf(run));
        foreach (var (job, expected) in @case.Jobs.Where(job => @case.HostJobs.Count == 0 || @case.HostJobs.Contains(job.Key)))
        {
            Compare(differences, $"job {job}", expected, ResultOf(run, job));
        }

        foreach (var (job, expected) in @case.Matrix)
        {
            Compare(differences, $"number of jobs {job}", expected, Completed(run, job).Count().ToString(CultureInfo.InvariantCulture));
        }

        var log = run.OfType("log").Select(seen => seen.GetProperty("text").GetString()!).ToList();
        differences.AddRange(@case.LogHas.Where(text => !log.Exists(line => line.Contains(text, StringComparison.Ordinal))).Select(text => $"the log lacks '{text}'"));
        differences.AddRange(@case.LogLacks.Where(text => log.Exists(line => line.Contains(text, StringComparison.Ordinal))).Select(text => $"the log has '{text}'"));
        return differences.Count == 0 ? null : string.Join("; ", differences) + Told(run);
    }

    private static void Compare(List<string> differences, string what, string expected, string actual)
    {
        if (expected != actual)
        {
            differences.Add($"{what}: expected {expected}, got {actual}");
        }
    }

    private static string ResultOf(ProgramRun run)
    {
        if (run.OfType("workflow_invalid").Any())
        {
            return "invalid";
        }

        var conclusions = run.OfType("run_completed").Select(seen => seen.GetProperty("conclusion").GetString()!).ToList();
        if (conclusions.Count == 0)
        {
            return run.OfType("not_triggered").Any() ? "not-triggered" : $"nothing (exit code {run.ExitCode})";
        }

        // A run whose jobs were all skipped is a good one.
        var worst = Worst(conclusions);
        return worst == "skipped" ? "success" : worst;
    }

    private static string ResultOf(ProgramRun run, string job)
    {
        var results = Completed(run, job).Select(seen => seen.GetProperty("conclusion").GetString()!).ToList();
        return results.Count == 0 ? "none" : Worst(results);
    }

    private static string Worst(List<string> conclusions) => WorstFirst.FirstOrDefault(conclusions.Contains) ?? conclusions[0];

    private static IEnumerable<JsonElement> Completed(ProgramRun run, string job) =>
        run.OfType("job_completed").Where(seen => string.Equals(seen.GetProperty("id").GetString(), job, StringComparison.OrdinalIgnoreCase));

    /// <summary>The errors among what was printed, to see the cause without running the case by hand.</summary>
    private static string Told(ProgramRun run)
    {
        var told = run.Events
            .Select(seen => seen.GetProperty("type").GetString() switch
            {
                "log" when seen.GetProperty("text").GetString()!.Contains("##[error]", StringComparison.Ordinal) => seen.GetProperty("text").GetString(),
                "workflow_invalid" => seen.GetProperty("errors").ToString(),
                "job_completed" when seen.TryGetProperty("why", out var why) => $"{seen.GetProperty("job")}: {why}",
                _ => null,
            })
            .Where(text => text is not null)
            .Concat(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Take(ToldLines);
        return string.Concat(told.Select(line => "\n      " + line));
    }
}
