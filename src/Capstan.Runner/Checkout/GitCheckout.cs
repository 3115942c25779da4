using System.Globalization;
using System.Text;

namespace Capstan.Runner.Checkout;

/// <summary>
/// The built-in checkout of a job that a server gave: three runs of the installed git (init, fetch, checkout). git sees neither the user's nor the system's
/// configuration, asks nobody anything, and gets the job token as a header from the environment, never on a command line.
/// </summary>
public sealed class GitCheckout : ICheckoutSource
{
    public CheckoutResult Run(CheckoutRequest request, CheckoutScope scope) => new Attempt(request, scope).Checkout();

    private sealed class Attempt(CheckoutRequest request, CheckoutScope scope)
    {
        private readonly string url = $"{request.ServerUrl}/{request.Repository}";
        private readonly Dictionary<string, string> environment = GitEnvironment(scope.Environment, request);

        private string ConfigFile => Path.Combine(request.Folder, ".git", "config");

        public CheckoutResult Checkout()
        {
            if (!Prepare()) return Failure("init");
            var target = GitTarget.Of(request, out var otherwise);
            scope.Write($"Fetching {(target.Ref.Length > 0 ? target.Ref : target.RefSpecs[0])} from {url}");
            if (!Fetch(target))
            {
                if (otherwise is null || scope.Stopped) return Failure("fetch");
                scope.Write($"There is no branch {request.Ref}; trying the tag");
                target = otherwise;
                if (!Fetch(target)) return Failure("fetch");
            }

            var done = target.Branch is null
                ? Git("checkout", "--quiet", "--force", "--detach", target.Start)
                : Git("checkout", "--quiet", "--force", "-B", target.Branch, target.Start);
            if (!done) return Failure("checkout");
            if (request.PersistCredentials && request.Token.Length > 0) WriteConfig($"[http {Quoted(request.ServerUrl + "/")}]\n\textraheader = {Quoted(Header(request.Token))}\n");
            return new CheckoutResult.Done(target.Ref, Head());
        }

        /// <summary>An empty repository in the folder, or a clean one that is there already.</summary>
        private bool Prepare()
        {
            Directory.CreateDirectory(request.Folder);
            if (Directory.Exists(Path.Combine(request.Folder, ".git")))
            {
                // A header kept by an earlier checkout would be sent besides ours.
                _ = Git("config", "--local", "--unset-all", "http." + request.ServerUrl + "/.extraheader");
                if (!request.Clean || (Git("reset", "--quiet", "--hard") && Git("clean", "-ffdx", "--quiet"))) return true;
            }

            Empty(request.Folder);
            if (!Git("init", "--quiet", "--template=", "--initial-branch=main")) return false;

            // Written at once: a run of git for each setting costs more than the whole checkout of a small repository.
            WriteConfig($"[gc]\n\tauto = 0\n[remote \"origin\"]\n\turl = {Quoted(url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n");
            return true;
        }

        private bool Fetch(GitTarget target)
        {
            var arguments = new List<string> { "fetch", "--no-recurse-submodules", "--quiet", "--force" };
            if (!request.FetchTags && request.FetchDepth > 0) arguments.Add("--no-tags");
            if (request.FetchDepth > 0) arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--depth={request.FetchDepth}"));
            arguments.Add("origin");

            // The one to check out comes first: FETCH_HEAD is then it.
            arguments.AddRange(target.RefSpecs);
            if (request.FetchDepth <= 0)
            {
                arguments.Add("+refs/heads/*:refs/remotes/origin/*");
                arguments.Add("+refs/tags/*:refs/tags/*");
            }
            else if (request.FetchTags)
            {
                arguments.Add("+refs/tags/*:refs/tags/*");
            }

            return Git(arguments);
        }

        private string Head()
        {
            var text = File.ReadAllText(Path.Combine(request.Folder, ".git", "HEAD")).Trim();
            if (!text.StartsWith("ref: ", StringComparison.Ordinal)) return text;
            var loose = Path.Combine(request.Folder, ".git", text["ref: ".Length..]);
            return File.Exists(loose) ? File.ReadAllText(loose).Trim() : "";
        }

        private void WriteConfig(string text) => File.AppendAllText(ConfigFile, text);

        private bool Git(params IReadOnlyList<string> arguments) => scope.Run(["git", .. arguments], environment, request.Folder) == 0;

        private CheckoutResult.Failed Failure(string what) => new(scope.Stopped
            ? "The checkout was cancelled"
            : $"git {what} failed for {request.Repository}: see the lines above");
    }

    private static string Header(string token) =>
        "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("x-access-token:" + token));

    /// <summary>A value or subsection as git's configuration files quote it.</summary>
    private static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static Dictionary<string, string> GitEnvironment(IReadOnlyDictionary<string, string> step, CheckoutRequest request)
    {
        var settings = new List<(string Name, string Value)>
        {
            ("safe.directory", "*"), ("advice.detachedHead", "false"), ("credential.helper", ""), ("core.hooksPath", "/dev/null"),
        };
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
