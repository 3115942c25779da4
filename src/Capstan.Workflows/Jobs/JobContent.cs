using System.Buffers;
using System.Text.Json;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Jobs;

/// <summary>
/// What a runner is told about a job: its definition as template tokens, and what the workflow says for all jobs. Written by the server, read by the runner; opaque to
/// everything between. Immutable, so safe to share.
/// </summary>
public sealed record JobContent
{
    /// <summary>The only form there is; a reader refuses others.</summary>
    public const int Format = 1;

    /// <summary>The workflow's file, for messages.</summary>
    public required string File { get; init; }

    /// <summary>The workflow's name.</summary>
    public required string WorkflowName { get; init; }

    /// <summary>The workflow's <c>env</c>; the job's own comes after it.</summary>
    public TemplateToken? WorkflowEnv { get; init; }

    /// <summary>The workflow's <c>defaults</c>; the job's own win.</summary>
    public TemplateToken? WorkflowDefaults { get; init; }

    public required JobDefinition Job { get; init; }

    public static JobContent Of(WorkflowDefinition workflow, JobDefinition job) => new()
    {
        File = workflow.File,
        WorkflowName = workflow.Name,
        WorkflowEnv = workflow.Env,
        WorkflowDefaults = workflow.Defaults,
        Job = job,
    };

    public JsonElement Write()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = TokenJson.MaxDepth }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", Format);
            writer.WriteString("file", File);
            writer.WriteString("workflow", WorkflowName);
            JobContentWriter.WriteToken(writer, "env", WorkflowEnv);
            JobContentWriter.WriteToken(writer, "defaults", WorkflowDefaults);
            writer.WritePropertyName("job");
            JobContentWriter.WriteJob(writer, Job);
            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = TokenJson.MaxDepth });
        return JsonElement.ParseValue(ref reader);
    }

    /// <exception cref="JsonException">Not what <see cref="Write"/> writes, or of another <see cref="Format"/>.</exception>
    public static JobContent Read(JsonElement content)
    {
        try
        {
            return JobContentReader.Read(content);
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException("The job's content cannot be read.", exception);
        }
    }
}
