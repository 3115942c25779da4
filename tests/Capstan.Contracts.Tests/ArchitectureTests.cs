using System.Xml.Linq;
using Xunit;

namespace Capstan.Contracts.Tests;

/// <summary>The arrows of docs/architecture.md, read from the project files: nothing else may be referenced.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Arrows = new(StringComparer.Ordinal)
    {
        ["Capstan.Contracts"] = [],
        ["Capstan.Workflows"] = ["Capstan.Contracts"],
        ["Capstan.Orchestration"] = ["Capstan.Workflows", "Capstan.Contracts"],
        ["Capstan.Runner"] = ["Capstan.Workflows", "Capstan.Contracts"],
        ["Capstan.Server"] = ["Capstan.Orchestration", "Capstan.Workflows", "Capstan.Contracts"],
        ["Capstan.Cli"] = ["Capstan.Server", "Capstan.Runner", "Capstan.Orchestration", "Capstan.Workflows", "Capstan.Contracts"],
    };

    [Fact]
    public void There_are_six_projects_in_src() =>
        Assert.Equal(Arrows.Keys.Order(StringComparer.Ordinal), Projects().Select(p => Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal));

    [Fact]
    public void A_project_references_only_those_its_arrows_allow()
    {
        foreach (var project in Projects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            var references = Elements(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r)).ToArray();
            Assert.Empty(references.Except(Arrows[name], StringComparer.Ordinal).Select(r => $"{name} -> {r}"));
        }
    }

    [Fact]
    public void Contracts_needs_the_base_class_library_only() =>
        Assert.Empty(Elements(Projects().Single(p => p.EndsWith("Capstan.Contracts.csproj", StringComparison.Ordinal)), "PackageReference", "FrameworkReference"));

    [Theory]
    [InlineData("Capstan.Workflows")]
    [InlineData("Capstan.Orchestration")]
    public void The_pure_projects_read_no_file_clock_network_or_process(string project)
    {
        string[] impure = ["System.IO.File", "File.Read", "File.Open", "File.Write", "Directory.", "HttpClient", "System.Net.", "Process.Start", "TimeProvider.System", "Environment.GetEnvironmentVariable"];
        var offences =
            from file in Directory.EnumerateFiles(Path.Combine(Root(), "src", project), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal)
            from line in File.ReadLines(file)
            where !line.TrimStart().StartsWith("//", StringComparison.Ordinal)
            from word in impure
            where line.Contains(word, StringComparison.Ordinal)
            select $"{Path.GetFileName(file)}: {line.Trim()}";
        Assert.Empty(offences);
    }

    [Fact]
    public void No_folder_is_named_after_what_code_is_instead_of_what_it_does()
    {
        string[] refused = ["Helpers", "Managers", "Models", "Common", "Utils", "Utilities", "Misc"];
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(Path.Combine(Root(), "src"), "*", SearchOption.AllDirectories),
            folder => refused.Contains(Path.GetFileName(folder), StringComparer.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Projects() => Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> Elements(string project, params string[] names) =>
        from element in XDocument.Load(project).Descendants()
        where names.Contains(element.Name.LocalName, StringComparer.Ordinal)
        select (string?)element.Attribute("Include") ?? "";

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Capstan.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run inside a checkout.");
        }

        return folder;
    }
}
