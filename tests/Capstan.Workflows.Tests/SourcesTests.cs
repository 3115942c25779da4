using System.Text.RegularExpressions;
using Capstan.Conformance;
using Xunit;

namespace Capstan.Workflows.Tests;

/// <summary>Whoever reads a rule of GitHub's in the code finds beside it where GitHub says so. A new file with rules fails here until it does.</summary>
public sealed partial class SourcesTests
{
    private static readonly string Language = Path.Combine(Corpora.CheckoutFolder(), "src", "Capstan.Workflows");

    /// <summary>Folders in which every file holds rules or tables, and the files of others that do.</summary>
    private static readonly string[] Places =
    [
        "Schema", "Settings", "Matrices", "Schedules", "Triggers", "Lint/Rules", "Expressions/Functions", "Definitions/*Check.cs", "Definitions/*Converter.cs", "Definitions/*Reference.cs",
        "Definitions/CalledWorkflows.cs", "Definitions/ConditionReader.cs", "Definitions/Identifiers.cs", "Definitions/PermissionSet.cs", "Definitions/WorkflowReadOptions.cs",
        "Expressions/Condition.cs", "Expressions/ExpressionRules*.cs", "Expressions/GitHubContext.cs", "Expressions/IndexAccess.cs", "Expressions/Lexer.cs", "Expressions/Value*.cs",
        "Lint/ActionManifestCheck.cs", "Lint/RunnerLabels.cs", "Lint/WordList.cs", "Lint/Types/*Types.cs", "Yaml/YamlLimits.cs", "Yaml/CoreScalar.cs",
    ];

    /// <summary>Files there that hold no rule of somebody else's, each with what it is.</summary>
    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal)
    {
        ["Schema/Rule.cs"] = "what the tables are made of",
        ["Schema/Rules.cs"] = "what the tables are made of",
        ["Settings/SettingsRead.cs"] = "how settings are read",
        ["Matrices/MatrixCombination.cs"] = "results",
        ["Triggers/FilterTrace.cs"] = "our trace",
        ["Triggers/FilterTraceJson.cs"] = "our trace",
        ["Triggers/TriggerDecision.cs"] = "our trace",
        ["Expressions/ValueJson.cs"] = "JSON as JSON is",
        ["Lint/Rules/PipelineRule.cs"] = "pipelines are ours: docs/pipelines.md",
    };

    public static TheoryData<string> Files => [.. Places.SelectMany(FilesOf).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_with_rules_says_where_they_are_from(string file) =>
        Assert.True(Link().IsMatch(File.ReadAllText(Path.Combine(Language, file))) != Ours.ContainsKey(file), Ours.ContainsKey(file)
            ? $"{file} has a link, and is listed as one that needs none"
            : $"{file} names no source: add 'Source: https://…' to the rule, or list the file with what it is");

    [Fact]
    public void What_is_listed_is_there() => Assert.All(Ours.Keys, file => Assert.True(File.Exists(Path.Combine(Language, file)), file));

    private static IEnumerable<string> FilesOf(string place)
    {
        var folder = Path.Combine(Language, place.Contains('*', StringComparison.Ordinal) || place.EndsWith(".cs", StringComparison.Ordinal) ? Path.GetDirectoryName(place)! : place);
        var pattern = place.EndsWith(".cs", StringComparison.Ordinal) ? Path.GetFileName(place) : "*.cs";
        var files = Directory.GetFiles(folder, pattern).Select(file => Path.GetRelativePath(Language, file).Replace('\\', '/')).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(files);
        return files;
    }

    [GeneratedRegex("https://[^ ]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}
