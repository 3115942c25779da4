using YamlDotNet.Core;

namespace Capstan.Workflows.Yaml;

/// <summary>What stopped the reading of a file: there is one at most, because nothing after it can be trusted.</summary>
/// <param name="Place">As GitHub has it: unknown for a limit that the file breaks as a whole.</param>
/// <param name="Culprit">Where an author should look; unknown only when the file is too large to be looked at.</param>
internal sealed record YamlError(Place Place, Place Culprit, string Code, string Message);

/// <param name="Root">Null when there is an error, or the file holds no node.</param>
/// <param name="UnusedAnchors">Anchors that no alias names, in the order of the file.</param>
internal sealed record YamlReadResult(YamlNode? Root, YamlError? Error, IReadOnlyList<YamlAnchor> UnusedAnchors)
{
    /// <summary>
    /// What stands before the error, so that mistakes in it can be told together with it; the nodes that the file broke off in say so (<see cref="YamlNode.IsCut"/>). Null without an
    /// error, or when nothing was read.
    /// </summary>
    public YamlNode? Salvaged { get; init; }
}

/// <param name="Place">Where it stands.</param>
internal sealed record YamlAnchor(string Name, Place Place);

/// <summary>Carries the one error out of the parser's recursion; <see cref="YamlReader"/> catches it.</summary>
internal sealed class YamlRefusal(Place place, Place culprit, string code, string message) : Exception(message)
{
    public YamlError Error { get; } = new(place, culprit, code, message);
}

/// <summary>Nodes from the text of a file, or the reason why not. Never throws. Time and memory are linear in the file.</summary>
internal static class YamlReader
{
    public static YamlReadResult Read(string yaml, YamlLimits limits)
    {
        if (yaml.Length > limits.MaxFileSize)
            return new YamlReadResult(
                null,
                new YamlError(default, default, "limit", $"The maximum file size of {limits.MaxFileSize} characters has been exceeded"),
                []);

        var text = yaml.Length > 0 && yaml[0] == '\uFEFF' ? yaml[1..] : yaml;
        var result = ReadOnce(text, limits);
        if (result.Error is { Code: BlockScalarRepair.Code })
            result = ReadOnce(BlockScalarRepair.Apply(text), limits);
        return result.Error is { Code: "yaml" } error && text.Contains('\0', StringComparison.Ordinal) ? result with { Error = AtNul(error, text) } : result;
    }

    /// <summary>The scanner takes a NUL for the end of the text, so what it says of one misleads.</summary>
    private static YamlError AtNul(YamlError error, string text)
    {
        var before = text[..text.IndexOf('\0', StringComparison.Ordinal)];
        var place = new Place(before.Count(letter => letter == '\n') + 1, before.Length - before.LastIndexOf('\n'));
        return place.Line > error.Place.Line ? error : error with
        {
            Culprit = place,
            Message = $"The file is not valid YAML: a NUL character stands at line {place.Line}, column {place.Column}; is the file a text in UTF-8?",
        };
    }

    private static YamlReadResult ReadOnce(string yaml, YamlLimits limits)
    {
        var parser = new YamlParser(yaml, limits);
        try
        {
            return new YamlReadResult(parser.ReadDocument(), null, parser.UnusedAnchors);
        }
        catch (YamlRefusal refusal)
        {
            return Stopped(parser, refusal.Error.Code == "yaml" ? TabIndentation.ErrorOn(yaml, refusal.Error.Culprit.Line) ?? refusal.Error : refusal.Error);
        }
        catch (YamlException exception)
        {
            return Stopped(parser, ErrorOf(exception, yaml, parser.Reached));
        }
        catch (Exception exception) when (exception
            is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException or OverflowException or KeyNotFoundException)
        {
            // The scanner meets a few malformed inputs with an exception of the base library instead of its own; for the author of the file it is the same mistake.
            return Stopped(parser, ErrorAt(parser.Reached, "it cannot be read from here on"));
        }
    }

    private static YamlError ErrorOf(YamlException exception, string yaml, Place reached)
    {
        if (TabIndentation.Explains(exception))
            return TabIndentation.Error(yaml, reached);
        var place = YamlParser.PlaceOf(exception.Start);
        return ErrorAt(
            place,
            ScannerWords.Of(exception.Message, place.Line > reached.Line),
            BlockScalarRepair.Explains(exception) ? BlockScalarRepair.Code : "yaml");
    }

    private static YamlError ErrorAt(Place place, string message, string code = "yaml") => new(place, place, code, $"The file is not valid YAML: {message}");

    /// <summary>With what was read before, and a word on the bracket that is still open there: mostly it is the one to close.</summary>
    private static YamlReadResult Stopped(YamlParser parser, YamlError error)
    {
        if (error.Code != "limit" && parser.OpenBracket is { } bracket)
            error = error with { Message = $"{error.Message}; the bracket of line {bracket.Line}, column {bracket.Column} is still open" };
        return new YamlReadResult(null, error, []) { Salvaged = parser.Salvage() };
    }
}
