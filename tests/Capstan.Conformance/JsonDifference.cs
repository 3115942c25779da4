using System.Text.Json;

namespace Capstan.Conformance;

/// <summary>The first place at which two JSON values differ. An empty list counts as an absent one; order counts in lists only.</summary>
internal static class JsonDifference
{
    /// <param name="ignored">Paths in the actual value that are not compared, for example <c>/jobs/0/name</c>.</param>
    public static string? Find(JsonElement expected, JsonElement actual, Func<string, bool> ignored) => Find(expected, actual, "", ignored);

    private static string? Find(JsonElement expected, JsonElement actual, string path, Func<string, bool> ignored)
    {
        if (expected.ValueKind != actual.ValueKind)
        {
            return Say(path, expected, actual);
        }

        return expected.ValueKind switch
        {
            JsonValueKind.Object => FindInObject(expected, actual, path, ignored),
            JsonValueKind.Array => FindInArray(expected, actual, path, ignored),
            JsonValueKind.Number => expected.GetDouble().Equals(actual.GetDouble()) ? null : Say(path, expected, actual),
            _ => JsonElement.DeepEquals(expected, actual) ? null : Say(path, expected, actual),
        };
    }

    private static string? FindInObject(JsonElement expected, JsonElement actual, string path, Func<string, bool> ignored)
    {
        foreach (var property in expected.EnumerateObject())
        {
            if (!actual.TryGetProperty(property.Name, out var other))
            {
                if (!IsEmptyList(property.Value))
                {
                    return $"{path}/{property.Name}: expected {property.Value.GetRawText()}, got nothing";
                }
            }
            else if (Find(property.Value, other, $"{path}/{property.Name}", ignored) is { } difference)
            {
                return difference;
            }
        }

        foreach (var property in actual.EnumerateObject())
        {
            if (!expected.TryGetProperty(property.Name, out _) && !IsEmptyList(property.Value) && !ignored($"{path}/{property.Name}"))
            {
                return $"{path}/{property.Name}: expected nothing, got {property.Value.GetRawText()}";
            }
        }

        return null;
    }

    private static string? FindInArray(JsonElement expected, JsonElement actual, string path, Func<string, bool> ignored)
    {
        if (expected.GetArrayLength() != actual.GetArrayLength())
        {
            return Say(path, expected, actual);
        }

        for (var index = 0; index < expected.GetArrayLength(); index++)
        {
            if (Find(expected[index], actual[index], $"{path}/{index}", ignored) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static bool IsEmptyList(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    private static string Say(string path, JsonElement expected, JsonElement actual) => $"{path}: expected {expected.GetRawText()}, got {actual.GetRawText()}";
}
