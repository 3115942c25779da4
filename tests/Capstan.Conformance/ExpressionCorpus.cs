using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Capstan.Workflows.Expressions;

namespace Capstan.Conformance;

/// <summary>Expressions with their contexts, and the value or error they give. One JSON file a topic: <c>{ group: [ case, … ] }</c>.</summary>
public sealed partial class ExpressionCorpus : ICorpus
{
    /// <summary>Cases that this parser is not held to carry this word in <c>options.skip</c>.</summary>
    private const string SkipName = "csharp";

    public string Name => "expressions";

    public IEnumerable<CaseResult> Run(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var group in document.RootElement.EnumerateObject())
            {
                foreach (var @case in group.Value.EnumerateArray())
                {
                    yield return RunCase(@case);
                }
            }
        }
    }

    private static CaseResult RunCase(JsonElement @case)
    {
        var id = @case.GetProperty("id").GetString()!;
        if (@case.TryGetProperty("options", out var options)
            && options.TryGetProperty("skip", out var skip)
            && skip.EnumerateArray().Any(name => name.ValueEquals(SkipName)))
        {
            return new CaseResult(id, CaseOutcome.Skipped);
        }

        try
        {
            return CaseResult.Of(id, Difference(@case));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return CaseResult.Of(id, $"threw {exception}");
        }
    }

    private static string? Difference(JsonElement @case)
    {
        var contexts = @case.TryGetProperty("contexts", out var given)
            ? given.EnumerateObject().ToDictionary(context => context.Name, context => ValueJson.Read(context.Value), StringComparer.OrdinalIgnoreCase)
            : [];
        var parsed = ExpressionParser.Parse(@case.GetProperty("expr").GetString()!, ExpressionRules.Allow(contexts.Keys));
        if (!parsed.IsValid)
        {
            return CompareError(@case, "parse", parsed.Error.Message, parsed.Error.Position);
        }

        try
        {
            return CompareValue(@case, parsed.Expression.Evaluate(new EvaluationContext { Contexts = contexts }));
        }
        catch (ExpressionEvaluationException exception)
        {
            return CompareError(@case, "evaluation", exception.Message, exception.Position);
        }
    }

    private static string? CompareError(JsonElement @case, string phase, string message, int position)
    {
        if (!@case.TryGetProperty("err", out var expected))
        {
            return $"expected {@case.GetProperty("result").GetRawText()}, got the error: {message}";
        }

        var text = expected.GetProperty("value").GetString()!;
        var expectedPhase = expected.GetProperty("kind").ValueEquals("evaluation") ? "evaluation" : "parse";
        var place = Located().Match(text);
        var isSame = phase == expectedPhase
            && message.Contains(text, StringComparison.Ordinal)
            && (!place.Success || int.Parse(place.Groups["position"].ValueSpan, CultureInfo.InvariantCulture) == position);
        return isSame ? null : $"expected the {expectedPhase} error '{text}', got the {phase} error '{message}' at {position}";
    }

    private static string? CompareValue(JsonElement @case, Value actual)
    {
        var text = actual is StringValue content ? JsonSerializer.Serialize(content.Data) : ValueJson.ToElement(actual).GetRawText();
        if (!@case.TryGetProperty("result", out var expected))
        {
            return $"expected the error '{@case.GetProperty("err").GetProperty("value").GetString()}', got {actual.Kind} {text}";
        }

        var isSame = expected.GetProperty("kind").ValueEquals(actual.Kind.ToString())
            && JsonElement.DeepEquals(ValueJson.ToElement(ValueJson.Read(expected.GetProperty("value"))), ValueJson.ToElement(actual));
        return isSame ? null : $"expected {expected.GetProperty("kind")} {expected.GetProperty("value").GetRawText()}, got {actual.Kind} {text}";
    }

    [GeneratedRegex(@"Located at position (?<position>[0-9]+) within expression", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Located();
}
