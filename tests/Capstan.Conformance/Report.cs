using System.Text.Json;

namespace Capstan.Conformance;

/// <summary>The results as people read them, and as JSON: <c>[{"corpus", "id", "result", "difference"?, "why"?}]</c>.</summary>
public static class Report
{
    public static void Print(TextWriter output, string corpus, IReadOnlyCollection<CaseResult> results)
    {
        output.WriteLine($"{corpus}: {Count(CaseOutcome.Passed)} passed, {Count(CaseOutcome.Failed)} failed, {Count(CaseOutcome.Skipped)} skipped");
        foreach (var failure in results.Where(result => result.Outcome == CaseOutcome.Failed))
        {
            output.WriteLine($"  {failure.Id}: {failure.Difference}");
        }

        foreach (var reason in results.Where(result => result.Why is not null).GroupBy(result => result.Why))
        {
            output.WriteLine($"  {reason.Count()} skipped: {reason.Key}");
        }

        int Count(CaseOutcome outcome) => results.Count(result => result.Outcome == outcome);
    }

    public static void WriteJson(string file, IEnumerable<(string Corpus, CaseResult Result)> results)
    {
        using var stream = File.Create(file);
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartArray();
        foreach (var (corpus, result) in results)
        {
            writer.WriteStartObject();
            writer.WriteString("corpus", corpus);
            writer.WriteString("id", result.Id);
            writer.WriteString("result", result.Outcome.ToString().ToLowerInvariant());
            if (result.Difference is not null)
            {
                writer.WriteString("difference", result.Difference);
            }

            if (result.Why is not null)
            {
                writer.WriteString("why", result.Why);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
