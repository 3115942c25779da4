using System.Net;
using System.Text;
using System.Text.Json;
using Capstan.Contracts;

namespace Capstan.Cli.Client;

/// <summary>Turns an answer from 400 up (problem details) into the message and exit code that a person or a script gets.</summary>
internal static class Refusal
{
    public static async Task<CommandException> ReadAsync(HttpResponseMessage answer, string server, CancellationToken cancel)
    {
        var (code, text) = Read(await answer.Content.ReadAsStringAsync(cancel));
        text ??= $"The server at {server} answered {(int)answer.StatusCode} {answer.ReasonPhrase}.";
        return code switch
        {
            ErrorCodes.Unauthenticated => new CommandException(ExitCodes.Bad, $"{text}\nSign in with 'capstan login {server}', or set {ServerSettings.TokenVariable}."),
            ErrorCodes.DatabaseUnavailable or ErrorCodes.ShuttingDown or ErrorCodes.InternalError => CommandException.Environment(text),
            null when answer.StatusCode >= HttpStatusCode.InternalServerError => CommandException.Environment(text),
            _ => new CommandException(ExitCodes.Bad, text),
        };
    }

    private static (string? Code, string? Text) Read(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return (null, null);
            }

            var text = new StringBuilder(Text(root, "detail") ?? Text(root, "title"));
            if (root.TryGetProperty("errors", out var errors))
            {
                AppendErrors(text, errors);
            }

            return (Text(root, "code"), text.Length > 0 ? text.ToString() : null);
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    /// <summary>A list of messages, or a mapping from a field to its messages.</summary>
    private static void AppendErrors(StringBuilder text, JsonElement errors)
    {
        if (errors.ValueKind == JsonValueKind.Array)
        {
            foreach (var error in errors.EnumerateArray())
            {
                text.Append("\n  ").Append(error);
            }
        }
        else if (errors.ValueKind == JsonValueKind.Object)
        {
            foreach (var field in errors.EnumerateObject())
            {
                var messages = field.Value.ValueKind == JsonValueKind.Array ? string.Join(' ', field.Value.EnumerateArray()) : field.Value.ToString();
                text.Append("\n  ").Append(field.Name).Append(": ").Append(messages);
            }
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
