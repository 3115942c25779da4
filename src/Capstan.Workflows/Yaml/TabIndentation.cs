using YamlDotNet.Core;

namespace Capstan.Workflows.Yaml;

/// <summary>
/// A tab where YAML wants the blanks of an indentation. The scanner blames the mapping around it; the author wants to know where the tab is.
/// Source: https://yaml.org/spec/1.2.2/#61-indentation-spaces
/// </summary>
internal static class TabIndentation
{
    public static bool Explains(YamlException exception) => exception.Message.Contains(" tab ", StringComparison.Ordinal);

    /// <param name="reached">How far the file was read.</param>
    public static YamlError Error(string yaml, Place reached) => ErrorAt(Find(yaml, reached.Line, int.MaxValue) ?? reached);

    /// <summary>The error at a line's tab; null when its indentation has none.</summary>
    public static YamlError? ErrorOn(string yaml, int line) => Find(yaml, line, line) is { } place ? ErrorAt(place) : null;

    private static YamlError ErrorAt(Place place) =>
        new(place, place, "yaml", "The file is not valid YAML: a tab stands in the indentation, which takes spaces only");

    /// <summary>The first tab among the blanks with which a line begins.</summary>
    private static Place? Find(string yaml, int firstLine, int lastLine)
    {
        var number = 0;
        foreach (var line in yaml.AsSpan().EnumerateLines())
        {
            if (++number > lastLine)
                return null;
            var indentation = line[..^line.TrimStart(" \t").Length];
            if (number >= firstLine && indentation.IndexOf('\t') is var tab and >= 0)
                return new Place(number, tab + 1);
        }

        return null;
    }
}
