using Capstan.Conformance.EndToEnd;

namespace Capstan.Conformance;

/// <summary>A folder of cases with expected results. An implementation knows the form of its cases, described in the folder's README, and no single case.</summary>
public interface ICorpus
{
    /// <summary>The folder's name.</summary>
    string Name { get; }

    /// <summary>Runs every case under the folder. A case that makes the product throw is a failed case, not an exception.</summary>
    IEnumerable<CaseResult> Run(string folder);
}

public enum CaseOutcome
{
    Passed,
    Failed,

    /// <summary>The corpus itself says that the case is not for us.</summary>
    Skipped,
}

/// <param name="Id">Unique in its corpus.</param>
/// <param name="Difference">What was expected and what came; null unless failed.</param>
/// <param name="Why">Why it was skipped, where that is not the same for all of a corpus.</param>
public sealed record CaseResult(string Id, CaseOutcome Outcome, string? Difference = null, string? Why = null)
{
    public static CaseResult Of(string id, string? difference) =>
        new(id, difference is null ? CaseOutcome.Passed : CaseOutcome.Failed, difference);
}

/// <summary>All corpora that are run.</summary>
public static class Corpora
{
    /// <summary>Those that the language alone can answer, in this process.</summary>
    public static IReadOnlyList<ICorpus> OfLanguage { get; } =
    [
        new ParserCorpus(),
        new ExpressionCorpus(),
        new RealWorkflowCorpus(),
        new SchemaTestCorpus(),
        new ActionManifestCorpus(),
        new LintCorpus(),
    ];

    public static IReadOnlyList<ICorpus> All { get; } = [.. OfLanguage, new EndToEndCorpus(EndToEndCorpus.BuiltProgram())];

    /// <summary><c>../shared/conformance</c> beside the checkout that this program was built in.</summary>
    public static string DefaultFolder() => Path.GetFullPath(Path.Combine(CheckoutFolder(), "..", "shared", "conformance"));

    /// <summary>The checkout that this program was built in; the current folder when it was taken elsewhere.</summary>
    public static string CheckoutFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Capstan.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Environment.CurrentDirectory;
    }
}
