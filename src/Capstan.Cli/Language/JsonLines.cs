using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Capstan.Cli.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Capstan.Cli.Language;

/// <summary>
/// Questions and answers for programs: a JSON object a line in, one a line out, in the same order. What is answered is written whenever the input has no more
/// complete line at hand, so a program
/// may ask one at a time or a million at once.
/// </summary>
internal static class JsonLines
{
    /// <summary>Bytes of one line.</summary>
    public const int MaxLineLength = 64 * 1024 * 1024;

    private const int FirstBufferLength = 64 * 1024;
    private const int FlushLength = 1024 * 1024;

    /// <summary>A line holds values (which are limited to 64 levels) within an object.</summary>
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 72 };

    /// <summary>Programs read this, and people who look over their shoulders: no text is escaped that need not be.</summary>
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Stream OpenStandardInput() => new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);

    /// <param name="answer">Writes properties into the open answer, which has its <c>id</c>. A <see cref="JsonException"/> of its own is a question that cannot be read.</param>
    /// <param name="refuse">Writes instead, in the form that the command's answers have, why a question cannot be read: a field is missing or of another type.</param>
    /// <returns><see cref="ExitCodes.Usage"/> when a line was no JSON object: it is answered with its number instead of an <c>id</c>, and the lines after it are read.</returns>
    /// <exception cref="CommandException">A line is longer than <see cref="MaxLineLength"/>. The lines before it have been answered.</exception>
    public static int Answer(Stream input, Terminal terminal, Action<JsonElement, Utf8JsonWriter> answer, Action<string, Utf8JsonWriter> refuse)
    {
        var output = new ArrayBufferWriter<byte>();
        var buffer = new byte[FirstBufferLength];
        var (length, lines) = (0, 0);
        var exit = ExitCodes.Good;
        try
        {
            while (true)
            {
                var read = input.Read(buffer, length, buffer.Length - length);
                var scanned = length;
                length += read;
                var isEnd = read == 0;
                var start = 0;
                while (NextLine(buffer.AsSpan(start, length - start), scanned - start, isEnd) is var next and >= 0)
                {
                    if (!AnswerLine(buffer.AsMemory(start, next), ++lines, output, answer, refuse))
                    {
                        exit = ExitCodes.Usage;
                    }

                    start = Math.Min(start + next + 1, length);
                    scanned = start;
                    FlushAt(FlushLength);
                }

                if (isEnd)
                {
                    return exit;
                }

                FlushAt(1);
                buffer.AsSpan(start, length - start).CopyTo(buffer);
                length -= start;
                buffer = WithRoom(buffer, length, lines + 1);
            }
        }
        finally
        {
            FlushAt(1);
        }

        void FlushAt(int size)
        {
            if (output.WrittenCount >= size)
            {
                terminal.Bytes(output.WrittenSpan);
                output.ResetWrittenCount();
            }
        }
    }

    /// <summary>One answer without a question.</summary>
    public static void Write(IBufferWriter<byte> output, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(output, Writing))
        {
            write(writer);
        }

        output.Write("\n"u8);
    }

    /// <param name="scanned">Bytes known to hold no line feed.</param>
    /// <returns>The length of the first line; negative when there is no complete one. At the end the rest is a line.</returns>
    private static int NextLine(ReadOnlySpan<byte> bytes, int scanned, bool isEnd)
    {
        var feed = bytes[Math.Max(scanned, 0)..].IndexOf((byte)'\n');
        return feed >= 0 ? feed + Math.Max(scanned, 0) : isEnd && bytes.Length > 0 ? bytes.Length : -1;
    }

    private static byte[] WithRoom(byte[] buffer, int length, int line)
    {
        if (length < buffer.Length)
        {
            return buffer;
        }

        if (length >= MaxLineLength)
        {
            throw CommandException.Usage($"Line {line} of the input is longer than {MaxLineLength} bytes.");
        }

        Array.Resize(ref buffer, buffer.Length * 2);
        return buffer;
    }

    /// <returns>False for a line that is no JSON object.</returns>
    private static bool AnswerLine(
        ReadOnlyMemory<byte> line, int number, IBufferWriter<byte> output, Action<JsonElement, Utf8JsonWriter> answer, Action<string, Utf8JsonWriter> refuse)
    {
        // What some programs put in front of UTF-8.
        line = number == 1 && line.Span.StartsWith("\uFEFF"u8) ? line[3..] : line;
        if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return true;
        }

        var (document, problem) = Parse(line);
        if (document is null)
        {
            Write(output, writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("line", number);
                refuse($"Line {number} of the input {problem}", writer);
                writer.WriteEndObject();
            });
            return false;
        }

        using (document)
        {
            AnswerQuestion(document.RootElement, output, answer, refuse);
        }

        return true;
    }

    private static void AnswerQuestion(JsonElement question, IBufferWriter<byte> output, Action<JsonElement, Utf8JsonWriter> answer, Action<string, Utf8JsonWriter> refuse)
    {
        var whole = new ArrayBufferWriter<byte>();
        try
        {
            WriteAnswer(writer => answer(question, writer));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            const string UnreadableField = "A field is missing, has another type, or holds half of a surrogate pair";
            whole.ResetWrittenCount();
            WriteAnswer(writer => refuse(exception is JsonException ? exception.Message : UnreadableField, writer));
        }

        output.Write(whole.WrittenSpan);

        void WriteAnswer(Action<Utf8JsonWriter> write) => Write(whole, writer =>
        {
            writer.WriteStartObject();
            if (question.TryGetProperty("id", out var id))
            {
                writer.WritePropertyName("id");
                id.WriteTo(writer);
            }

            write(writer);
            writer.WriteEndObject();
        });
    }

    /// <summary>The object, or why the line is none.</summary>
    private static (JsonDocument? Document, string Problem) Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            var document = JsonDocument.Parse(line, Reading);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return (document, "");
            }

            document.Dispose();
            return (null, "is JSON, but no object");
        }
        catch (JsonException exception)
        {
            return (null, $"is no JSON object: it is wrong at byte {exception.BytePositionInLine + 1}");
        }
    }
}
