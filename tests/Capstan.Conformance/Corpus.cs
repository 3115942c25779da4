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
public sealed record CaseResult(string Id, CaseOutcome Outcome, string? Difference = null)
{
    public static CaseResult Of(string id, string? difference) =>
        new(id, difference is null ? CaseOutcome.Passed : CaseOutcome.Failed, difference);
}

/// <summary>All corpora that are run.</summary>
public static class Corpora
{
    public static IReadOnlyList<ICorpus> All { get; } =
    [
        new ParserCorpus(),
        new ExpressionCorpus(),
        new RealWorkflowCorpus(),
        new SchemaTestCorpus(),
        new ActionManifestCorpus(),
    ];

    /// <summary><c>../shared/conformance</c> beside the checkout that this program was built in.</summary>
    public static string DefaultFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Capstan.slnx")))
        {
            folder = folder.Parent;
        }

        return Path.GetFullPath(Path.Combine(folder?.FullName ?? Environment.CurrentDirectory, "..", "shared", "conformance"));
    }
}
