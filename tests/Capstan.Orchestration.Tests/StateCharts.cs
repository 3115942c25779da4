using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Capstan.Contracts;
using Xunit;

namespace Capstan.Orchestration.Tests;

/// <summary>The charts in docs/states show the edges of the code, no more and no fewer.</summary>
public sealed partial class StateCharts
{
    public static TheoryData<string, string[]> Charts => new()
    {
        { "run.md", Edges(Transitions.Run) },
        { "job.md", Edges(Transitions.Job) },
        { "execution.md", Edges(Transitions.Execution) },
        { "step.md", Edges(Transitions.Step) },
    };

    [Theory]
    [MemberData(nameof(Charts))]
    public void A_chart_has_the_edges_of_the_code(string file, string[] edges)
    {
        var drawn = Edge().Matches(File.ReadAllText(Path.Combine(Folder(), file))).Select(m => m.Groups[1].Value.Trim()).Where(e => !e.EndsWith("[*]", StringComparison.Ordinal));

        Assert.Equal(edges.Order(), drawn.Order());
    }

    private static string[] Edges(Transitions transitions) => [.. transitions.All.Select(t => $"{t.From?.Name() ?? "[*]"} --> {t.To.Name()}: {t.When}")];

    private static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../docs/states"));

    [GeneratedRegex(@"^ +(\S+ --> .+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex Edge();
}
