using System.Buffers;
using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;

namespace Capstan.Cli.Language;

/// <summary><c>capstan workflow show</c>: what the program understands of workflow files.</summary>
internal static class WorkflowShow
{
    private const string Name = "workflow show";

    /// <summary>The file's name in messages when a line of input gives none.</summary>
    private const string UnnamedFile = ".github/workflows/workflow.yml";

    private const string Help = """
        Shows how workflow files are understood: events, jobs, and what is wrong with them.

        Usage:
          capstan workflow show FILE... [--json] [--template]
          capstan workflow show --ndjson [--template]

        Options:
          --json      one JSON object a file
          --ndjson    read {"id", "yaml", "file"?} a line from standard input, answer each with a line
          --template  with the converted template, the form in which GitHub's own parsers give it

        Exit code 1 when a file is invalid.
        """;

    public static HotCommand Command { get; } =
        new(Name, "Show how workflow files are understood", Help, (arguments, terminal) => Run(arguments, terminal));

    private static int Run(IReadOnlyList<string> arguments, Terminal terminal)
    {
        var files = new List<string>();
        var (json, ndjson, template) = (false, false, false);
        var reader = new ArgumentReader(Name, arguments);
        while (reader.Read())
        {
            switch (reader.Option)
            {
                case null:
                    files.Add(reader.Current);
                    break;
                case "--json":
                    json = true;
                    break;
                case "--ndjson":
                    ndjson = true;
                    break;
                case "--template":
                    template = true;
                    break;
                default:
                    throw reader.Unknown();
            }
        }

        if (files.Contains(""))
            throw CommandException.Usage($"A file has no name: one of the arguments is empty.\nSee 'capstan {Name} --help'.");
        if (ndjson == (files.Count > 0))
            throw CommandException.Usage($"Give the files to show, or --ndjson and the files' content on standard input.\nSee 'capstan {Name} --help'.");
        if (ndjson)
            return JsonLines.Answer(JsonLines.OpenStandardInput(), terminal, (question, writer) => Answer(question, writer, template), WorkflowSummary.Refuse);
        return files.Select(file => Show(terminal, file, json || template, template)).ToList().TrueForAll(valid => valid) ? ExitCodes.Good : ExitCodes.Bad;
    }

    private static bool Show(Terminal terminal, string file, bool json, bool template)
    {
        string yaml;
        try
        {
            yaml = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"'{file}' cannot be read: {exception.Message}");
        }

        var result = WorkflowReader.Read(file, yaml);
        if (json)
            WriteLine(terminal, writer => WriteFile(writer, file, result, template));
        else
            WriteForPeople(terminal, result);
        return result.Definition is not null;
    }

    private static void WriteFile(Utf8JsonWriter writer, string file, WorkflowReadResult result, bool template)
    {
        writer.WriteString("file", file);
        WorkflowSummary.Write(writer, result, template);
    }

    private static void WriteForPeople(Terminal terminal, WorkflowReadResult result)
    {
        foreach (var diagnostic in result.Diagnostics)
        {
            var (tone, word) = diagnostic.Severity == Severity.Error ? (Tone.Bad, "error") : (Tone.Warning, "warning");
            var where = diagnostic.Place.IsKnown ? $"{diagnostic.File}:{diagnostic.Place}" : diagnostic.File;
            terminal.Error($"{where}: {terminal.Paint(tone, word)}: {diagnostic.Message} [{diagnostic.Code}]");
        }

        if (result.Definition is not { } workflow)
            return;

        terminal.Text(new WorkflowPicture(terminal).Draw(workflow));
    }

    /// <summary>The answer to one line.</summary>
    internal static void Answer(JsonElement question, Utf8JsonWriter writer, bool template)
    {
        var yaml = question.GetProperty("yaml").GetString() ?? throw new JsonException("yaml is a text");
        var file = question.TryGetProperty("file", out var name) ? name.GetString() ?? UnnamedFile : UnnamedFile;
        WorkflowSummary.Write(writer, WorkflowReader.Read(file, yaml), template);
    }

    private static void WriteLine(Terminal terminal, Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonLines.Write(output, writer =>
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        });
        terminal.Bytes(output.WrittenSpan);
    }
}
