using System.Text;
using System.Text.RegularExpressions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint;

/// <summary>
/// Reads <c>actionlint.yaml</c>, the settings file that many repositories already have: labels of own runners, names of configuration variables, messages to
/// ignore by path.
/// Source: https://github.com/rhysd/actionlint/blob/main/docs/config.md
/// </summary>
public static class LintSettingsReader
{
    /// <summary>A pattern is the repository's own, but a wrong one must not stop a check of everything else.</summary>
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <returns>The settings, and what is wrong with the file; keys of other programs are passed over.</returns>
    public static (LintSettings Settings, IReadOnlyList<string> Mistakes) Read(string text)
    {
        var read = YamlReader.Read(text, YamlLimits.Default);
        if (read.Error is { } error)
            return (LintSettings.Default, [error.Message]);

        var mistakes = new List<string>();
        var variables = read.Root.Find("config-variables")?.Value;
        var settings = new LintSettings
        {
            RunnerLabels = [.. Texts(read.Root.Find("self-hosted-runner")?.Value.Find("labels")?.Value)],
            ConfigurationVariables = variables is YamlSequence ? [.. Texts(variables)] : null,
            Ignored = [.. read.Root.Find("paths")?.Value.Entries().Select(entry => ReadIgnored(entry, mistakes)) ?? []],
        };
        return (settings, mistakes);
    }

    private static IEnumerable<string> Texts(YamlNode? node) => node.OneOrMany().Select(scalar => scalar.Text);

    private static IgnoredFindings ReadIgnored(Entry entry, List<string> mistakes)
    {
        var messages = new List<Regex>();
        foreach (var pattern in Texts(entry.Value.Find("ignore")?.Value))
        {
            try
            {
                messages.Add(new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, MatchTimeout));
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                mistakes.Add($"The pattern '{pattern}' under paths '{entry.Name}' is no regular expression that can be used here: {exception.Message}");
            }
        }

        return new IgnoredFindings(PathPattern(entry.Name), messages);
    }

    /// <summary><c>**/</c> stands for any folders, <c>*</c> for anything within a name, <c>?</c> for one character, <c>{a,b}</c> for either.</summary>
    internal static Regex PathPattern(string pattern)
    {
        var regex = new StringBuilder(@"\A");
        var alternatives = 0;
        for (var index = 0; index < pattern.Length; index++)
        {
            var rest = pattern.AsSpan(index);
            if (rest.StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                index += 2;
            }
            else if (rest.StartsWith("**"))
            {
                regex.Append(".*");
                index++;
            }
            else
            {
                regex.Append(pattern[index] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    '{' when rest.Contains('}') => Open(ref alternatives),
                    '}' when alternatives > 0 => Close(ref alternatives),
                    ',' when alternatives > 0 => "|",
                    var character => Regex.Escape(character.ToString()),
                });
            }
        }

        for (; alternatives > 0; alternatives--)
            regex.Append(')');
        return new Regex(regex.Append(@"\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, MatchTimeout);

        static string Open(ref int open)
        {
            open++;
            return "(?:";
        }

        static string Close(ref int open)
        {
            open--;
            return ")";
        }
    }
}
