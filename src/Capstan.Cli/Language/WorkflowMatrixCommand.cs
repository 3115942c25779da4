using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;

namespace Capstan.Cli.Language;

/// <summary><c>capstan workflow matrix</c>: the jobs that a matrix makes.</summary>
internal static class WorkflowMatrixCommand
{
    private const string Name = "workflow matrix";

    private const string Help = """
        Tells which jobs a matrix makes, in order.

        Usage:
          capstan workflow matrix --ndjson

        Options:
          --ndjson  read {"id", "matrix"} a line from standard input, "matrix" being the value of strategy.matrix; answer each with a line:
                    {"id", "ok": true, "combinations": [{...}, ...]} or {"id", "ok": false, "message"}
        """;

    public static HotCommand Command { get; } =
        new(Name, "Tell which jobs a matrix makes", Help, (arguments, terminal) => Run(arguments, terminal));

    private static int Run(IReadOnlyList<string> arguments, Terminal terminal)
    {
        NdjsonOption.Require(Name, arguments);
        return JsonLines.Answer(JsonLines.OpenStandardInput(), terminal, Answer, Refuse);
    }

    /// <summary>The answer to one line.</summary>
    internal static void Answer(JsonElement question, Utf8JsonWriter writer)
    {
        var expanded = MatrixExpansion.Expand(ValueJson.Read(question.GetProperty("matrix")));
        if (!expanded.IsValid)
        {
            Refuse(expanded.Message!, writer);
            return;
        }

        writer.WriteBoolean("ok", true);
        writer.WriteStartArray("combinations");
        foreach (var combination in expanded.Combinations)
        {
            ValueJson.Write(writer, combination.Values);
        }

        writer.WriteEndArray();
    }

    /// <summary>The answer when there are no combinations to tell.</summary>
    internal static void Refuse(string why, Utf8JsonWriter writer)
    {
        writer.WriteBoolean("ok", false);
        writer.WriteString("message", why);
    }
}
