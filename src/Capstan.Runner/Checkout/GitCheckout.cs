using System.Globalization;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Checkout;

/// <summary>
/// The built-in checkout of a job that a server gave: three runs of the installed git (init, fetch, checkout), and more where submodules, git-lfs or a part of the files
/// are asked for. git sees neither the user's nor the system's configuration, asks nobody anything, and never gets the token on a command line.
/// Source: https://github.com/actions/checkout#usage
/// </summary>
public sealed class GitCheckout : ICheckoutSource
{
    public CheckoutResult Run(CheckoutRequest request, CheckoutScope scope)
    {
        if (request.Lfs && ExecutableSearch.Find("git-lfs", scope.Environment.GetValueOrDefault("PATH"), request.Folder) is null)
        {
            return new CheckoutResult.Failed("The input 'lfs' needs git-lfs, which is not on this machine: install it, or leave the input out");
        }

        using var credentials = new GitCredentials(request.ServerUrl, request.Token, scope.Environment.GetValueOrDefault("RUNNER_TEMP", Path.GetTempPath()));
        return new Attempt(request, scope, credentials).Checkout();
    }

    private sealed class Attempt(CheckoutRequest request, CheckoutScope scope, GitCredentials credentials)
    {
        private readonly string url = $"{request.ServerUrl}/{request.Repository}";
        private readonly Dictionary<string, string> environment = GitEnvironment.Of(
            scope.Environment, [("safe.directory", "*"), ("advice.detachedHead", "false"), .. credentials.Settings]);

        private string ConfigFile => Path.Combine(request.Folder, ".git", "config");

        private string ConfigStart => $"[remote \"origin\"]\n\turl = {GitCredentials.Quoted(url)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";

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

            if (request.Lfs && !(Git("lfs", "install", "--local", "--skip-repo") && Git("lfs", "fetch", "origin", target.Start))) return Failure("lfs");
            if (!Restrict()) return Failure("sparse-checkout");
            var done = target.Branch is null
                ? Git("checkout", "--quiet", "--force", "--detach", target.Start)
                : Git("checkout", "--quiet", "--force", "-B", target.Branch, target.Start);
            if (!done) return Failure("checkout");
            if (request.Submodules != CheckoutSubmodules.None && !BringSubmodules()) return Failure("submodule");
            return new CheckoutResult.Done(target.Ref, Head()) { Kept = request.PersistCredentials ? credentials.Keep(ConfigFiles()) : null };
        }

        /// <summary>An empty repository in the folder, or a clean one of the same origin that is there already.</summary>
        private bool Prepare()
        {
            Directory.CreateDirectory(request.Folder);
            if (File.Exists(ConfigFile) && File.ReadAllText(ConfigFile).Contains(ConfigStart, StringComparison.Ordinal))
            {
                // What an earlier checkout kept is not kept twice.
                if (credentials.SettingName is { } name) _ = Git("config", "--local", "--unset-all", name);
                if (!request.Clean || (Git("reset", "--quiet", "--hard") && Git("clean", "-ffdx", "--quiet"))) return true;
            }

            if (FolderRemoval.Empty(request.Folder, request.Workspace) is { } left)
            {
                scope.Write("##[error]The folder could not be emptied: " + left);
                return false;
            }

            if (!Git("init", "--quiet", "--template=", "--initial-branch=main")) return false;

            // Written at once: a run of git for each setting costs more than the whole checkout of a small repository.
            File.AppendAllText(ConfigFile, "[gc]\n\tauto = 0\n" + ConfigStart);
            return true;
        }

        private bool Fetch(GitTarget target)
        {
            var arguments = new List<string> { "fetch", "--no-recurse-submodules", "--quiet", "--force" };
            if (!request.FetchTags && request.FetchDepth > 0) arguments.Add("--no-tags");
            if (request.FetchDepth > 0) arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--depth={request.FetchDepth}"));

            // Files that are not to be written need not be fetched.
            if (request.Filter.Length > 0) arguments.Add("--filter=" + request.Filter);
            else if (request.Sparse.Count > 0) arguments.Add("--filter=blob:none");
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

        /// <summary>To the files that were asked for; an earlier checkout's restriction is lifted.</summary>
        private bool Restrict()
        {
            if (request.Sparse.Count > 0)
            {
                return Git(["sparse-checkout", "set", request.SparseConeMode ? "--cone" : "--no-cone", "--end-of-options", .. request.Sparse]);
            }

            return !File.Exists(Path.Combine(request.Folder, ".git", "info", "sparse-checkout")) || Git("sparse-checkout", "disable");
        }

        private bool BringSubmodules()
        {
            string[] deep = request.Submodules == CheckoutSubmodules.Recursive ? ["--recursive"] : [];
            string[] depth = request.FetchDepth > 0 ? [string.Create(CultureInfo.InvariantCulture, $"--depth={request.FetchDepth}")] : [];

            // git keeps the settings of our environment from submodules; a configuration file reaches them.
            var inside = new Dictionary<string, string>(environment, StringComparer.Ordinal) { ["GIT_CONFIG_GLOBAL"] = credentials.ConfigurationFile() };
            return Run(inside, ["submodule", "--quiet", "sync", .. deep]) && Run(inside, ["submodule", "--quiet", "update", "--init", "--force", .. depth, .. deep]);
        }

        /// <summary>Of the repository and of the submodules that were brought.</summary>
        private IReadOnlyList<string> ConfigFiles()
        {
            var modules = Path.Combine(request.Folder, ".git", "modules");
            return request.Submodules == CheckoutSubmodules.None || !Directory.Exists(modules)
                ? [ConfigFile]
                : [ConfigFile, .. Directory.EnumerateFiles(modules, "config", SearchOption.AllDirectories).Where(file => File.Exists(Path.Combine(Path.GetDirectoryName(file)!, "HEAD")))];
        }

        private string Head()
        {
            var text = File.ReadAllText(Path.Combine(request.Folder, ".git", "HEAD")).Trim();
            if (!text.StartsWith("ref: ", StringComparison.Ordinal)) return text;
            var loose = Path.Combine(request.Folder, ".git", text["ref: ".Length..]);
            return File.Exists(loose) ? File.ReadAllText(loose).Trim() : "";
        }

        private bool Git(params IReadOnlyList<string> arguments) => Run(environment, arguments);

        private bool Run(Dictionary<string, string> with, IReadOnlyList<string> arguments) => scope.Run(["git", .. arguments], with, request.Folder) == 0;

        private CheckoutResult.Failed Failure(string what) => new(scope.Stopped
            ? "The checkout was cancelled"
            : $"git {what} failed for {request.Repository}: see the lines above");
    }
}
