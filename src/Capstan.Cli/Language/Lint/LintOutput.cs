using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.Language.Lint;

/// <summary>One JSON document on standard output.</summary>
internal static class LintOutput
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true, NewLine = "\n" };

    public static void Write(Terminal terminal, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            write(writer);
        }

        output.Write("\n"u8);
        terminal.Bytes(output.WrittenSpan);
    }
}
