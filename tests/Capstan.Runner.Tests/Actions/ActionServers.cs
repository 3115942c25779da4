using System.Diagnostics;
using Capstan.Runner.Actions;
using Capstan.Runner.Tests.Checkout;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>The places that a job fetches actions from: its own server, over HTTP and with its token, and an upstream; and the cache that it fetches to.</summary>
internal sealed class ActionServers : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JobHarness job;
    private readonly string cache;

    private ActionServers(JobHarness job)
    {
        this.job = job;
        cache = folder["cache"];
        Directory.CreateDirectory(Upstream);
        Directory.CreateDirectory(OnServer);
    }

    /// <summary>The folder of the upstream's repositories.</summary>
    public string Upstream => folder["upstream"];

    /// <summary>The folder of the repositories of the job's server.</summary>
    public string OnServer => folder["server"];

    public GitHttpServer Http { get; private set; } = null!;

    /// <summary>Starts them and sets the job up to use the upstream.</summary>
    public static async Task<ActionServers> StartAsync(JobHarness job)
    {
        var servers = new ActionServers(job);
        servers.Http = await GitHttpServer.StartAsync(servers.OnServer, "job-token-0123456789");
        job.ServerUrl = servers.Http.Url;
        job.Settings = job.Settings with { Actions = new ActionSettings { Node = "/bin/sh", Cache = servers.cache, Upstream = "file://" + servers.Upstream } };
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        await Http.DisposeAsync();
        folder.Dispose();
    }

    /// <summary>Commits a JavaScript action whose script is a shell's, and moves the tag to it.</summary>
    public static string Publish(string root, string name, string script, string tag) =>
        PublishFiles(root, name, tag, ("action.yml", "inputs: { who: { default: World } }\nruns: { using: node20, main: main.sh }\n"), ("main.sh", script + "\n"));

    /// <summary>Commits these files beside those that are there, and moves the tag to them.</summary>
    public static string PublishFiles(string root, string name, string tag, params (string Name, string Text)[] files)
    {
        var repository = Path.Combine(root, name);
        if (!Directory.Exists(Path.Combine(repository, ".git")))
        {
            Directory.CreateDirectory(repository);
            Git(repository, "init", "-q", "-b", "main");
        }

        foreach (var (file, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(repository, file))!);
            File.WriteAllText(Path.Combine(repository, file), text);
        }

        Git(repository, "add", ".");
        Git(repository, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x");
        Git(repository, "-c", "user.name=t", "-c", "user.email=t@example.org", "tag", "-f", "-a", "-m", tag, tag);
        return Git(repository, "rev-parse", "HEAD").Trim();
    }

    /// <summary>In a job of its own, on the same cache.</summary>
    public async Task<string> RunAgainAsync(string steps)
    {
        using var other = new JobHarness { ServerUrl = job.ServerUrl };
        other.Settings = other.Settings with { Actions = job.Settings.Actions };
        await other.RunStepsAsync(steps);
        return other.Log;
    }

    /// <summary>Folders of the cache that match a pattern, name by name.</summary>
    public IEnumerable<string> Cached(string pattern) => pattern.Split('/').Aggregate(
        new[] { cache }.AsEnumerable(), (folders, part) => folders.Where(Directory.Exists).SelectMany(found => Directory.EnumerateDirectories(found, part)));

    private static string Git(string repository, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = repository,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["GIT_CONFIG_GLOBAL"] = "/dev/null", ["GIT_CONFIG_NOSYSTEM"] = "1" },
        })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output;
    }
}
