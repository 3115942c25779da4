using System.Buffers;
using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.Language;

/// <summary><c>capstan eval</c>: the value of an expression.</summary>
internal static class EvalCommand
{
    private const string Name = "eval";

    private const string Help = """
        Evaluates an expression of the workflow language and prints its value as JSON.

        Usage:
          capstan eval EXPR [--context NAME=JSON]... [--contexts FILE] [--status STATUS]
          capstan eval --ndjson

        Options:
          --context NAME=JSON  a context the expression can see, for example --context 'github={"ref":"refs/heads/main"}'
          --contexts FILE      a JSON object with contexts by name
          --status STATUS      what success(), failure() and cancelled() see: success (the default), failure or cancelled
          --ndjson             read {"id", "expr", "contexts", "status"?} a line from standard input, answer each with a line

        EXPR is without ${{ }}. Exit code 1 when it has no value; the message says why.
        """;

    public static HotCommand Command { get; } =
        new(Name, "Evaluate an expression of the workflow language", Help, (arguments, terminal) => Run(arguments, terminal));

    private static int Run(IReadOnlyList<string> arguments, Terminal terminal)
    {
        var expressions = new List<string>();
        var contexts = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        var status = StatusAnswers.Success;
        var ndjson = false;
        var reader = new ArgumentReader(Name, arguments);
        while (reader.Read())
        {
            switch (reader.Option)
            {
                case null:
                    expressions.Add(reader.Current);
                    break;
                case "--context":
                    var (name, json) = reader.Pair();
                    contexts[name] = ReadContext(name, json);
                    break;
                case "--contexts":
                    ReadContexts(reader.Value(), contexts);
                    break;
                case "--status":
                    status = StatusAnswers.Find(reader.Value()) ?? throw CommandException.Usage("--status is success, failure or cancelled.");
                    break;
                case "--ndjson":
                    ndjson = true;
                    break;
                case { Length: > 1 } when reader.Option[0] == '-' && (char.IsAsciiDigit(reader.Option[1]) || reader.Option[1] == '.'):
                    // No option: a negative number.
                    expressions.Add(reader.Current);
                    break;
                default:
                    throw reader.Unknown();
            }
        }

        if (ndjson ? expressions.Count > 0 : expressions.Count != 1)
        {
            throw CommandException.Usage($"Give one expression, or --ndjson and expressions on standard input.\nSee 'capstan {Name} --help'.");
        }

        return ndjson ? JsonLines.Answer(JsonLines.OpenStandardInput(), terminal, Answer, Refuse) : Print(expressions[0], contexts, status, terminal);
    }

    /// <summary>The answer to one line.</summary>
    internal static void Answer(JsonElement question, Utf8JsonWriter writer)
    {
        var contexts = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        if (question.TryGetProperty("contexts", out var given) && given.ValueKind != JsonValueKind.Null)
        {
            foreach (var context in given.EnumerateObject())
            {
                contexts[context.Name] = ValueJson.Read(context.Value);
            }
        }

        var status = question.TryGetProperty("status", out var word) && word.ValueKind != JsonValueKind.Null
            ? StatusAnswers.Find(word.GetString()!)
            : StatusAnswers.Success;
        var expression = question.GetProperty("expr").GetString() ?? throw new JsonException("expr is a text");
        switch (Evaluate(expression, contexts, status ?? throw new JsonException("status is success, failure or cancelled")))
        {
            case (_, { } failure):
                writer.WriteBoolean("ok", false);
                writer.WriteString("phase", failure.Phase);
                writer.WriteString("message", failure.Message);
                writer.WriteNumber("position", failure.Position);
                break;
            case var (value, _):
                writer.WriteBoolean("ok", true);
                writer.WriteString("kind", value!.Kind.ToString());
                writer.WritePropertyName("value");
                ValueJson.Write(writer, value);
                writer.WriteString("string", ValueText.Of(value));
                break;
        }
    }

    /// <summary>The answer to a line that is no question: nothing can be parsed there.</summary>
    internal static void Refuse(string why, Utf8JsonWriter writer)
    {
        writer.WriteBoolean("ok", false);
        writer.WriteString("phase", "parse");
        writer.WriteString("message", why);
        writer.WriteNumber("position", 1);
    }

    private static int Print(string expression, Dictionary<string, Value> contexts, StatusAnswers status, Terminal terminal)
    {
        var (value, failure) = Evaluate(expression, contexts, status);
        if (failure is not null)
        {
            terminal.Error(failure.Message);
            return ExitCodes.Bad;
        }

        var output = new ArrayBufferWriter<byte>();
        JsonLines.Write(output, writer => ValueJson.Write(writer, value!));
        terminal.Bytes(output.WrittenSpan);
        return ExitCodes.Good;
    }

    /// <returns>The value or the failure.</returns>
    private static (Value? Value, EvalFailure? Failure) Evaluate(string expression, Dictionary<string, Value> contexts, StatusAnswers status)
    {
        var rules = ExpressionRules.Allow([.. contexts.Keys, "always(0,0)", "cancelled(0,0)", "failure(0,MAX)", "success(0,MAX)"]);
        var parsed = ExpressionParser.Parse(expression, rules);
        if (!parsed.IsValid)
        {
            return (null, new EvalFailure("parse", parsed.Error.Message, parsed.Error.Position));
        }

        try
        {
            return (parsed.Expression.Evaluate(new EvaluationContext { Contexts = contexts, Status = status }), null);
        }
        catch (ExpressionEvaluationException exception)
        {
            return (null, new EvalFailure("evaluation", exception.Message, exception.Position));
        }
    }

    private static Value ReadContext(string name, string json)
    {
        try
        {
            return ValueJson.Parse(json);
        }
        catch (JsonException exception)
        {
            throw CommandException.Usage($"The value of the context '{name}' is no JSON: {exception.Message}");
        }
    }

    private static void ReadContexts(string file, Dictionary<string, Value> contexts)
    {
        try
        {
            if (ValueJson.Parse(File.ReadAllBytes(file)) is not ObjectValue given)
            {
                throw CommandException.Usage($"'{file}' must hold a JSON object with contexts by name.");
            }

            foreach (var (name, value) in given.Properties)
            {
                contexts[name] = value;
            }
        }
        catch (JsonException exception)
        {
            throw CommandException.Usage($"'{file}' is no JSON: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"'{file}' cannot be read: {exception.Message}");
        }
    }

    private sealed record EvalFailure(string Phase, string Message, int Position);

    /// <summary>A place at which everything before went one way, named jobs included.</summary>
    private sealed class StatusAnswers(string status) : IStatusFunctions
    {
        public static StatusAnswers Success { get; } = new("success");

        public static StatusAnswers? Find(string status) => status is "success" or "failure" or "cancelled" ? new StatusAnswers(status) : null;

        bool IStatusFunctions.Success(IReadOnlyList<string> jobs) => status == "success";

        public bool Failure(IReadOnlyList<string> jobs) => status == "failure";

        public bool Cancelled() => status == "cancelled";
    }
}
