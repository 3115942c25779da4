using YamlDotNet.Core;

namespace Capstan.Workflows.Yaml;

/// <summary>
/// Block scalars may begin with lines of blanks (<c>run: |</c>, then an indented empty line, then the script). YAML allows that and GitHub reads it, the parser library refuses it: such
/// blank lines are emptied, which changes neither the value nor any place after them, and the file is read again.
/// Source: https://yaml.org/spec/1.2.2/#8111-block-indentation-indicator
/// </summary>
internal static class BlockScalarRepair
{
    /// <summary>Marks the parser's refusal; it reaches a user only if the repair does not help.</summary>
    public const string Code = "yaml-block-scalar";

    public static bool Explains(YamlException exception) => exception.Message.Contains("found extra spaces in first line", StringComparison.Ordinal);

    public static string Apply(string yaml)
    {
        var result = new System.Text.StringBuilder(yaml.Length);
        var afterHeader = false;
        for (var start = 0; start < yaml.Length;)
        {
            var end = yaml.IndexOf('\n', start);
            end = end < 0 ? yaml.Length : end + 1;
            var line = yaml.AsSpan(start, end - start);
            var content = line.Trim(" \r\n");
            if (content.IsEmpty && afterHeader)
            {
                result.Append(line.TrimStart(' '));
            }
            else
            {
                result.Append(line);
                afterHeader = EndsWithHeader(content);
            }

            start = end;
        }

        return result.ToString();
    }

    /// <summary><c>|</c> or <c>&gt;</c> with indicators at the end of a line, perhaps before a comment.</summary>
    private static bool EndsWithHeader(ReadOnlySpan<char> line)
    {
        var comment = line.LastIndexOf(" #");
        var text = (comment < 0 ? line : line[..comment]).TrimEnd().TrimEnd("+-123456789");
        return text.Length > 0 && text[^1] is '|' or '>';
    }
}
