using System.Text.Json;

namespace Capstan.Conformance.EndToEnd;

/// <summary>
/// Workflows that are really run, by the program's <c>capstan run</c>, each in a repository of its own. What needs containers, a network or a server's services is skipped.
/// </summary>
/// <param name="program">The <c>capstan</c> to run.</param>
public sealed class EndToEndCorpus(string program) : ICorpus
{
    public const string CorpusName = "e2e";

    /// <summary>Cases wait for processes more than they compute, but a machine has other work too.</summary>
    private const int AtOnce = 2;

    /// <summary>The classes that a host without containers and network can run.</summary>
    private static readonly string[] Classes = ["host", "host-partial"];

    /// <summary>A case of this class needs a server's services and the actions that use them; those that are built in bring both.</summary>
    private const string ServiceClass = "service";

    private static readonly string[] BuiltIn =
    [
        "actions/checkout", "actions/upload-artifact", "actions/upload-artifact/merge", "actions/download-artifact", "actions/cache", "actions/cache/restore", "actions/cache/save",
    ];

    /// <summary>Said of the machine, and here of the program.</summary>
    private static readonly string[] Services = ["artifact-service", "cache-service"];

    /// <summary>The program that was built beside this one, in the same configuration.</summary>
    public static string BuiltProgram()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(Corpora.CheckoutFolder(), "src", "Capstan.Cli", "bin", configuration, "net10.0", "capstan");
    }

    public string Name => CorpusName;

    public IEnumerable<CaseResult> Run(string folder)
    {
        if (!File.Exists(program))
        {
            throw new FileNotFoundException($"There is no program {program}: build it first (./dev build).");
        }

        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "cases.json")));
        var cases = document.RootElement.GetProperty("cases").EnumerateArray().Select(json => new EndToEndCase(json)).ToList();
        var results = new CaseResult[cases.Count];
        Parallel.For(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, index => results[index] = RunCase(folder, cases[index]));
        return results;
    }

    private CaseResult RunCase(string folder, EndToEndCase @case)
    {
        if (ReasonToSkip(@case) is { } reason)
        {
            return new CaseResult(@case.Id, CaseOutcome.Skipped, Why: reason);
        }

        try
        {
            using var repository = new CaseRepository(Path.Combine(folder, @case.Repository));
            return CaseResult.Of(@case.Id, EndToEndVerdict.Difference(@case, ProgramRun.Of(program, repository.Folder, @case.Arguments(Path.Combine(folder, "stub-actions"), repository.Artifacts))));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return CaseResult.Of(@case.Id, $"threw {exception}");
        }
    }

    private static string? ReasonToSkip(EndToEndCase @case)
    {
        var served = @case.Class == ServiceClass && @case.NoStandIn.All(uses => BuiltIn.Contains(uses.Split('@')[0]));
        if (!served && !Classes.Contains(@case.Class))
        {
            return $"needs more than a host: {@case.Class}";
        }

        // The jobs that need docker are left out of a partial case.
        var missing = @case.Tools.Where(tool => tool != "docker" && !Services.Contains(tool) && !IsThere(tool)).ToList();
        return missing.Count == 0 ? null : $"this machine lacks {string.Join(", ", missing)}";
    }

    private static bool IsThere(string tool) => tool == "root"
        ? Environment.IsPrivilegedProcess
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(entry => File.Exists(Path.Combine(entry, tool)));
}
