using System.Globalization;
using System.Text;

namespace Capstan.Runner.Checkout;

/// <summary>
/// The built-in checkout of a job that a server gave: fetches one commit by its SHA with the installed git. git sees neither the user's nor the system's
/// configuration, asks nobody anything, and gets the job token as a header from the environment, never on a command line.
/// </summary>
public sealed class GitCheckout : ICheckoutSource
{
    private const int ShaLength = 40;

    public CheckoutResult Run(CheckoutRequest request, CheckoutScope scope) => new Attempt(request, scope).Checkout();

    private sealed class Attempt(CheckoutRequest request, CheckoutScope scope)
    {
        private readonly string url = $"{request.ServerUrl}/{request.Repository}";
        private readonly Dictionary<string, string> environment = GitEnvironment(scope.Environment, request);

        public CheckoutResult Checkout()
        {
            Directory.CreateDirectory(request.Folder);
            if (!Directory.Exists(Path.Combine(request.Folder, ".git")))
            {
                Empty(request.Folder);
                if (!Git("init", "--quiet", "--initial-branch=main", request.Folder)) return Failure("init");
            }
            else if (request.Clean && (!Git("reset", "--quiet", "--hard") || !Git("clean", "-ffdx", "--quiet")))
            {
                Empty(request.Folder);
                if (!Git("init", "--quiet", "--initial-branch=main", request.Folder)) return Failure("init");
            }

            if (!Git("config", "--local", "gc.auto", "0")) return Failure("config");
            _ = Git("config", "--local", "remote.origin.url", url);
            var target = Target();
            scope.Write($"Fetching {(target.Sha.Length > 0 ? target.Sha : target.Ref)} from {url}");
            if (!Git(FetchArguments(target))) return Failure("fetch");
            if (!CheckOut(target)) return Failure("checkout");
            if (request.PersistCredentials && request.Token.Length > 0 && !Persist()) return Failure("config");
            return new CheckoutResult.Done(target.Ref, Head());
        }

        /// <summary>What to fetch: an explicit ref, else the run's commit; SHA and ref are empty when unknown (then HEAD of the remote).</summary>
        private (string Ref, string Sha) Target()
        {
            if (request.Ref.Length > 0)
            {
                return IsSha(request.Ref) ? ("", request.Ref) : (request.Ref, request.OwnRepository && request.Ref == request.RunRef ? request.RunSha : "");
            }

            return request.OwnRepository ? (request.RunRef, request.RunSha) : ("", "");
        }

        private List<string> FetchArguments((string Ref, string Sha) target)
        {
            var arguments = new List<string> { "-c", "protocol.version=2", "fetch", "--no-recurse-submodules", "--quiet", "--force" };
            if (!request.FetchTags) arguments.Add("--no-tags");
            if (request.FetchDepth > 0) arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--depth={request.FetchDepth}"));
            arguments.Add("origin");
            if (request.FetchDepth <= 0)
            {
                arguments.Add("+refs/heads/*:refs/remotes/origin/*");
                arguments.Add("+refs/tags/*:refs/tags/*");
            }

            if (target.Sha.Length > 0) arguments.Add("+" + target.Sha + ":refs/capstan/checkout");
            else if (target.Ref.Length == 0) arguments.Add("+HEAD:refs/capstan/checkout");
            else arguments.Add("+" + target.Ref + ":refs/capstan/checkout");
            return arguments;
        }

        /// <summary>A branch is checked out as a branch that follows the remote's, so that a later <c>git push</c> works; all else detached.</summary>
        private bool CheckOut((string Ref, string Sha) target)
        {
            const string Fetched = "refs/capstan/checkout";
            var branch = BranchOf(target.Ref);
            var done = branch is null
                ? Git("checkout", "--quiet", "--force", "--detach", Fetched)
                : Git("update-ref", "refs/remotes/origin/" + branch, Fetched)
                  && Git("checkout", "--quiet", "--force", "-B", branch, Fetched)
                  && Git("config", "--local", "branch." + branch + ".remote", "origin")
                  && Git("config", "--local", "branch." + branch + ".merge", "refs/heads/" + branch);
            return done
                && Git("config", "--local", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
                && Git("update-ref", "-d", Fetched);
        }

        private bool Persist() => Git(
            "config", "--local", "http." + request.ServerUrl + "/.extraheader", Header(request.Token));

        private string Head()
        {
            var head = Path.Combine(request.Folder, ".git", "HEAD");
            var text = File.ReadAllText(head).Trim();
            if (!text.StartsWith("ref: ", StringComparison.Ordinal)) return text;
            var loose = Path.Combine(request.Folder, ".git", text["ref: ".Length..]);
            return File.Exists(loose) ? File.ReadAllText(loose).Trim() : "";
        }

        private bool Git(params IReadOnlyList<string> arguments) =>
            scope.Run(["git", .. arguments], environment, request.Folder) == 0;

        private CheckoutResult.Failed Failure(string what) => new(scope.Stopped
            ? "The checkout was cancelled"
            : $"git {what} failed for {request.Repository}: see the lines above");
    }

    private static string? BranchOf(string reference)
    {
        const string Heads = "refs/heads/";
        if (reference.StartsWith(Heads, StringComparison.Ordinal)) return reference[Heads.Length..];
        return null;
    }

    private static bool IsSha(string text) => text.Length == ShaLength && text.All(char.IsAsciiHexDigit);

    private static string Header(string token) =>
        "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("x-access-token:" + token));

    private static Dictionary<string, string> GitEnvironment(IReadOnlyDictionary<string, string> step, CheckoutRequest request)
    {
        var settings = new List<(string Name, string Value)> { ("safe.directory", "*"), ("advice.detachedHead", "false"), ("credential.helper", "") };
        if (request.Token.Length > 0) settings.Add(("http." + request.ServerUrl + "/.extraheader", Header(request.Token)));
        var environment = new Dictionary<string, string>(step, StringComparer.Ordinal)
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
            ["GIT_CONFIG_COUNT"] = settings.Count.ToString(CultureInfo.InvariantCulture),
        };
        environment.Remove("GIT_DIR");
        environment.Remove("GIT_WORK_TREE");
        for (var i = 0; i < settings.Count; i++)
        {
            environment[string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_KEY_{i}")] = settings[i].Name;
            environment[string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_VALUE_{i}")] = settings[i].Value;
        }

        return environment;
    }

    private static void Empty(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo directory && directory.LinkTarget is null) directory.Delete(recursive: true);
            else entry.Delete();
        }
    }
}
