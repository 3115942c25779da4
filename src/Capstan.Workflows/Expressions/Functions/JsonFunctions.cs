using System.Text.Json;

namespace Capstan.Workflows.Expressions.Functions;

/// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#tojson and #fromjson</summary>
internal static class JsonFunctions
{
    public static Value To(Arguments arguments)
    {
        var value = arguments[0];
        try
        {
            return Value.Of(JsonText.OfExpression(value, arguments.CountProduced));
        }
        catch (InvalidDataException exception)
        {
            throw arguments.Error($"Error writing toJSON: {exception.Message}", exception);
        }
    }

    public static Value From(Arguments arguments)
    {
        var text = ValueText.Of(arguments[0]);
        arguments.CountProduced(text.Length);
        try
        {
            return ValueJson.Parse(text);
        }
        catch (JsonException exception)
        {
            throw arguments.Error($"Error parsing fromJson: {exception.Message}", exception);
        }
    }
}
