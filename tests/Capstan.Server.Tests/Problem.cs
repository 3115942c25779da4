using System.Net;
using System.Text.Json;
using Xunit;

namespace Capstan.Server.Tests;

/// <summary>Reads a refusal as its caller does.</summary>
internal static class Problem
{
    /// <summary>Asserts status and form, and returns the stable code.</summary>
    public static async Task<string?> CodeAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode} instead of {(int)status}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(body);
        Assert.False(string.IsNullOrWhiteSpace(document.RootElement.GetProperty("detail").GetString()));
        return document.RootElement.GetProperty("code").GetString();
    }
}
