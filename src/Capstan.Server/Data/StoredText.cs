using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Capstan.Server.Data;

/// <summary>
/// Takes the zero character out of what is to be stored: PostgreSQL's text and jsonb take every character but this one, and a workflow can bring it anywhere, by an escape in
/// YAML or by <c>fromJSON</c>.
/// </summary>
internal static class StoredText
{
    private const string Escape = "\\u0000";

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text) => text?.Replace("\0", "", StringComparison.Ordinal);

    /// <summary>The same of JSON text, where it stands as an escape.</summary>
    [return: NotNullIfNotNull(nameof(json))]
    public static string? CleanJson(string? json)
    {
        if (json is null || !json.Contains(Escape, StringComparison.Ordinal))
        {
            return json;
        }

        var clean = new StringBuilder(json.Length);
        for (var i = 0; i < json.Length; i++)
        {
            if (json[i] != '\\')
            {
                clean.Append(json[i]);
            }
            else if (json.AsSpan(i).StartsWith(Escape, StringComparison.Ordinal))
            {
                i += Escape.Length - 1;
            }
            else
            {
                // Both characters of the escape at once: a backslash that is itself escaped begins no other.
                clean.Append(json[i]).Append(json[++i]);
            }
        }

        return clean.ToString();
    }
}
