using System.Globalization;
using System.Text.Json;
using Capstan.Contracts;

namespace Capstan.Runner.Agent;

/// <summary>Reads problem details: the stable code and the text for people.</summary>
internal static class Refusal
{
    public static async Task<(string Code, string Detail)> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        return Read(body, (int)response.StatusCode);
    }

    public static (string Code, string Detail) Read(byte[] body, int status)
    {
        var code = ErrorCodes.InternalError;
        var detail = string.Create(CultureInfo.InvariantCulture, $"The server answered {status}");
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return (code, detail);
            if (document.RootElement.TryGetProperty("code", out var c) && c.GetString() is { } text) code = text;
            if (document.RootElement.TryGetProperty("detail", out var d) && d.GetString() is { Length: > 0 } told) detail = told;
            else if (document.RootElement.TryGetProperty("title", out var t) && t.GetString() is { Length: > 0 } title) detail = title;
        }
        catch (JsonException)
        {
            // Something between us and the server answered; the status is all there is.
        }

        return (code, detail);
    }
}
