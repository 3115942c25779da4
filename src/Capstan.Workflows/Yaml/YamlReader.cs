using YamlDotNet.Core;

namespace Capstan.Workflows.Yaml;

/// <summary>What stopped the reading of a file: there is one at most, because nothing after it can be trusted.</summary>
/// <param name="Place">Unknown for a limit that the file breaks as a whole.</param>
internal sealed record YamlError(Place Place, string Code, string Message);

/// <param name="Root">Null when there is an error, or the file holds no node.</param>
/// <param name="UnusedAnchors">Anchors that no alias names, in the order of the file.</param>
internal sealed record YamlReadResult(YamlNode? Root, YamlError? Error, IReadOnlyList<YamlAnchor> UnusedAnchors);

/// <param name="Place">Where it stands.</param>
internal sealed record YamlAnchor(string Name, Place Place);

/// <summary>Carries the one error out of the parser's recursion; <see cref="YamlReader"/> catches it.</summary>
internal sealed class YamlRefusal(Place place, string code, string message) : Exception(message)
{
    public YamlError Error { get; } = new(place, code, message);
}

/// <summary>Nodes from the text of a file, or the reason why not. Never throws. Time and memory are linear in the file.</summary>
internal static class YamlReader
{
    public static YamlReadResult Read(string yaml, YamlLimits limits)
    {
        if (yaml.Length > limits.MaxFileSize)
            return Refuse(default, "limit", $"The maximum file size of {limits.MaxFileSize} characters has been exceeded");

        var text = yaml.Length > 0 && yaml[0] == '\uFEFF' ? yaml[1..] : yaml;
        var result = ReadOnce(text, limits);
        if (result.Error is { Code: BlockScalarRepair.Code })
            result = ReadOnce(BlockScalarRepair.Apply(text), limits);
        return result;
    }

    private static YamlReadResult ReadOnce(string yaml, YamlLimits limits)
    {
        try
        {
            var parser = new YamlParser(yaml, limits);
            return new YamlReadResult(parser.ReadDocument(), null, parser.UnusedAnchors);
        }
        catch (YamlRefusal refusal)
        {
            return new YamlReadResult(null, refusal.Error, []);
        }
        catch (YamlException exception)
        {
            var code = BlockScalarRepair.Explains(exception) ? BlockScalarRepair.Code : "yaml";
            return Refuse(YamlParser.PlaceOf(exception.Start), code, $"The file is not valid YAML: {Sentence(exception.Message)}");
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException or KeyNotFoundException)
        {
            // The scanner meets a few malformed inputs with an exception of the base library instead of its own; for the author of the file it is the same mistake.
            return Refuse(default, "yaml", "The file is not valid YAML");
        }
    }

    private static YamlReadResult Refuse(Place place, string code, string message) => new(null, new YamlError(place, code, message), []);

    /// <summary>The scanner's own words, as the end of a sentence of ours.</summary>
    private static string Sentence(string message) => message.Length == 0 ? "it cannot be read" : char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');
}
