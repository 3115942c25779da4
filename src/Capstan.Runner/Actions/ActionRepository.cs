using Capstan.Runner.Checkout;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Actions;

/// <summary>What came of looking for a commit of a repository.</summary>
internal abstract record Fetched
{
    private Fetched()
    {
    }

    /// <param name="Folder">All files of the commit, complete; shared, so only to be copied from.</param>
    /// <param name="Downloaded">False: it was there from an earlier job.</param>
    public sealed record Files(string Folder, string Commit, bool Downloaded) : Fetched;

    /// <summary>The server is there and has no such repository, or does not show it.</summary>
    public sealed record NoRepository : Fetched;

    public sealed record Failed(string Message) : Fetched;
}

/// <summary>
/// Fetches commits of repositories from one server by git, into folders by commit: what a ref means is asked every time, and a commit is downloaded once. Safe from any
/// thread, and for several runners on one cache: a folder appears whole, by being renamed.
/// </summary>
/// <param name="url">Without a slash at its end.</param>
/// <param name="token">Sent to that address; empty: nothing is sent, and a full SHA that is in the cache needs no network.</param>
/// <param name="cache">Absolute.</param>
/// <param name="unwanted">Asked from time to time; true ends it.</param>
internal sealed class ActionRepository(string url, string token, string cache, IReadOnlyDictionary<string, string> environment, Func<bool> unwanted)
{
    /// <summary>For asking what a ref means.</summary>
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(30);

    /// <summary>For downloading one repository.</summary>
    private static readonly TimeSpan DownloadLimit = TimeSpan.FromMinutes(10);

    /// <summary>How often a server is asked that does not answer as it should; with a pause that grows by this much before each further time.</summary>
    private const int Attempts = 3;

    private const int PauseMilliseconds = 500;
    private const int LookMilliseconds = 50;
    private const int ShaLength = 40;
    private const int Sha256Length = 64;
    private const string Tags = "refs/tags/";
    private const string Heads = "refs/heads/";
    private const string Peeled = "^{}";

    private static readonly string[] Outages =
    [
        "returned error: 5", "returned error: 429", "could not resolve host", "failed to connect", "timed out", "connection reset", "early EOF", "RPC failed",
    ];

    private readonly Dictionary<string, string> gitEnvironment = new(GitEnvironment.Of(environment, Settings(url, token)), StringComparer.Ordinal) { ["LC_ALL"] = "C" };
    private readonly string root = Path.Combine(cache, RootOf(url));

    /// <param name="name"><c>owner/repo</c>.</param>
    /// <exception cref="IOException">There is no git, or the cache cannot be written.</exception>
    public Fetched Fetch(string name, string reference)
    {
        var known = IsSha(reference) ? reference.ToLowerInvariant() : null;
        if (known is not null && token.Length == 0 && Directory.Exists(FolderOf(name, known))) return Kept(FolderOf(name, known), known);

        // Also for a full SHA: whoever may not see the repository does not get it from the cache.
        var answer = Git(AskLimit, ["ls-remote", "--quiet", "--", AddressOf(name), .. known is null ? PatternsFor(reference) : ["HEAD"]]);
        if (answer.Stopped) return new Fetched.Failed(unwanted() ? "The job was cancelled" : $"{url} did not answer within {AskLimit.TotalSeconds} seconds");
        if (answer.ExitCode != 0) return IsMissing(answer.Errors, token) ? new Fetched.NoRepository() : new Fetched.Failed(LastLine(answer.Errors));
        if ((known ?? CommitOf(reference, answer.Output)) is not { } commit) return new Fetched.Failed(NoRef(name, reference));

        var folder = FolderOf(name, commit);
        if (Directory.Exists(folder)) return Kept(folder, commit);
        return Download(name, commit, folder) is { } problem ? new Fetched.Failed(problem) : new Fetched.Files(folder, commit, Downloaded: true);
    }

    private static Fetched.Files Kept(string folder, string commit)
    {
        ActionCache.Touch(folder);
        return new Fetched.Files(folder, commit, Downloaded: false);
    }

    /// <returns>Why it could not be downloaded; null when it is there.</returns>
    private string? Download(string name, string commit, string folder)
    {
        ActionCache.RemoveAbandoned(root);
        var incoming = Path.Combine(root, ActionCache.Incoming, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(incoming);
        try
        {
            IReadOnlyList<string[]> commands =
            [
                ["init", "--quiet", "--template=", commit.Length == Sha256Length ? "--object-format=sha256" : "--object-format=sha1"],
                ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", AddressOf(name), commit],
                ["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"],
            ];
            foreach (var command in commands)
            {
                var answer = Git(DownloadLimit, command, incoming);
                if (answer.Stopped) return unwanted() ? "The job was cancelled" : $"The download did not end within {DownloadLimit.TotalMinutes} minutes";
                if (answer.ExitCode != 0) return LastLine(answer.Errors);
            }

            Directory.Delete(Path.Combine(incoming, ".git"), recursive: true);
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            try
            {
                Directory.Move(incoming, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // Another job has brought the same commit in the meantime.
            }

            return null;
        }
        finally
        {
            if (Directory.Exists(incoming)) _ = FolderRemoval.Remove(incoming);
        }
    }

    private ProgramAnswer Git(TimeSpan limit, IReadOnlyList<string> arguments, string? folder = null)
    {
        var program = ExecutableSearch.Find("git", gitEnvironment.GetValueOrDefault("PATH"), "/") ?? throw new FileNotFoundException("git is not on the PATH", "git");
        for (var attempt = 1; ; attempt++)
        {
            var answer = BoundedProgram.Run(new ProcessStart(program, ["git", .. arguments], gitEnvironment, folder ?? "/"), limit, unwanted);
            if (answer.Stopped || answer.ExitCode == 0 || attempt == Attempts || !IsOutage(answer.Errors)) return answer;
            using var pause = new ManualResetEventSlim();
            for (var waited = 0; waited < attempt * PauseMilliseconds && !unwanted(); waited += LookMilliseconds) pause.Wait(LookMilliseconds);
        }
    }

    private string AddressOf(string name) => url + "/" + name;

    /// <summary>Names are equal without regard to case.</summary>
    private string FolderOf(string name, string commit) => Path.Combine(root, name.ToLowerInvariant(), commit);

    /// <summary>A folder for each server: what one keeps from a job must not be had by the name of another.</summary>
    private static string RootOf(string url)
    {
        var name = url[(url.IndexOf("://", StringComparison.Ordinal) is var scheme && scheme < 0 ? 0 : scheme + 3)..];
        return string.Concat(name.Trim('/').Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '_')).TrimStart('.') is { Length: > 0 } root ? root : "_";
    }

    private static IEnumerable<string> PatternsFor(string reference) => reference.StartsWith("refs/", StringComparison.Ordinal)
        ? [reference, reference + Peeled]
        : [Tags + reference, Tags + reference + Peeled, Heads + reference];

    /// <summary>Of a tag the commit it points to; a tag goes before a branch of the same name, as git itself resolves names.</summary>
    private static string? CommitOf(string reference, string listing)
    {
        // Patterns of ls-remote match at the end of names, too: only whole names count.
        var commits = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab > 0 && IsSha(line[..tab])) commits[line[(tab + 1)..]] = line[..tab];
        }

        var names = reference.StartsWith("refs/", StringComparison.Ordinal) ? [reference + Peeled, reference] : new[] { Tags + reference + Peeled, Tags + reference, Heads + reference };
        return names.Select(name => commits.GetValueOrDefault(name)).FirstOrDefault(commit => commit is not null);
    }

    private static string NoRef(string name, string reference)
    {
        var hint = reference.Length is >= 7 and < ShaLength && reference.All(char.IsAsciiHexDigit) ? " (a commit is named by its whole SHA)" : "";
        return $"The repository {name} has no tag or branch '{reference}'{hint}";
    }

    /// <summary>
    /// Whether git says that the repository is not there, or not for us: to one without a token a server need not say which (github.com asks for a name). A server that could
    /// not be asked is something else: the next one must not be asked instead.
    /// </summary>
    internal static bool IsMissing(string errors, string token) => errors.Split('\n', StringSplitOptions.TrimEntries).Any(line =>
        (line.StartsWith("fatal: repository '", StringComparison.Ordinal) && line.EndsWith("' not found", StringComparison.Ordinal))
        || (line.StartsWith("fatal: '", StringComparison.Ordinal) && line.EndsWith("' does not appear to be a git repository", StringComparison.Ordinal))
        || (token.Length == 0 && line.StartsWith("fatal: could not read Username for '", StringComparison.Ordinal)));

    /// <summary>What may be over in a moment.</summary>
    private static bool IsOutage(string errors) =>
        Outages.Any(outage => errors.Contains(outage, StringComparison.OrdinalIgnoreCase));

    private static string LastLine(string errors) =>
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "git failed without a word";

    private static bool IsSha(string text) => text.Length is ShaLength or Sha256Length && text.All(char.IsAsciiHexDigit);

    private static IEnumerable<(string Name, string Value)> Settings(string url, string token)
    {
        yield return ("safe.directory", "*");
        yield return ("advice.detachedHead", "false");
        yield return ("gc.auto", "0");

        // A connection that stands still is given up.
        yield return ("http.lowSpeedLimit", "1000");
        yield return ("http.lowSpeedTime", "30");
        if (token.Length > 0) yield return GitEnvironment.Authorization(url, token);
    }
}
