using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Capstan.Testing;
using Xunit;

namespace Capstan.EndToEnd.Tests.Harness;

/// <summary>An installation of its own: data folder, private PostgreSQL, server and runner processes, and a person who uses them.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private const string Password = "correct horse battery staple";

    /// <summary>Short, so that the loss of a runner shows within seconds. The product's own is a minute.</summary>
    private const string LeaseSeconds = "3";

    private static int lastNumber;

    private readonly string folder = Directory.CreateDirectory(Path.Combine(CapstanProgram.Root, $"i{Interlocked.Increment(ref lastNumber)}")).FullName;
    private readonly List<RunningProgram> programs = [];
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(60) };

    private Installation() => Url = $"http://127.0.0.1:{FreePort()}";

    /// <summary>The same at every start of the server, so that runners find it again.</summary>
    public string Url { get; }

    public string Data => Path.Combine(folder, "server");

    public string RunnerFolder => Path.Combine(folder, "runner");

    /// <summary>Of the private PostgreSQL: the one folder below the run folder.</summary>
    public string SocketFolder => Directory.GetDirectories(Path.Combine(folder, "run")).Single();

    public string Cluster => Path.Combine(Data, "postgresql", "data");

    /// <summary>What the private PostgreSQL is reached by, as its own administrator.</summary>
    public string ConnectionString => $"Host={SocketFolder};Username=capstan;Database=capstan;Pooling=false";

    private string[] Places => ["--data", Data, "--run-folder", Path.Combine(folder, "run"), "--url", Url];

    private static Dictionary<string, string> Environment => new() { ["CAPSTAN_ADMIN_PASSWORD"] = Password, ["CAPSTAN_LEASE_SECONDS"] = LeaseSeconds };

    /// <summary>Everything that <c>capstan up</c> starts.</summary>
    public static async Task<(Installation Installation, RunningProgram Program)> UpAsync()
    {
        var installation = new Installation();
        var program = await installation.StartUpAgainAsync();
        installation.SignIn();
        await installation.CreateSampleAsync();
        return (installation, program);
    }

    /// <summary>Server and runner as two programs, so that each can be killed alone.</summary>
    public static async Task<(Installation Installation, RunningProgram Server, RunningProgram Runner)> ApartAsync()
    {
        // `up` makes the administrator and registers the runner; then each goes on by itself.
        var (installation, up) = await UpAsync();
        Assert.Equal(0, await up.EndAsync());
        var server = await installation.StartServerAsync();
        return (installation, server, installation.StartRunner());
    }

    public async Task<RunningProgram> StartUpAgainAsync()
    {
        var program = Run(["up", .. Places, "--runner-data", RunnerFolder]);
        await program.LineAsync("Ctrl-C ends it.");
        return program;
    }

    public async Task<RunningProgram> StartServerAsync()
    {
        var server = Run(["server", .. Places]);
        await server.LineAsync("Listening on ");
        return server;
    }

    public RunningProgram StartRunner() => Run(["runner", "start", "--folder", RunnerFolder]);

    public RunningProgram Run(IReadOnlyList<string> arguments)
    {
        var program = RunningProgram.Start(arguments, Environment);
        programs.Add(program);
        return program;
    }

    /// <summary>A working tree with the files, pushed to <c>acme/sample</c>.</summary>
    public async Task<GitTree> PushAsync(params (string Path, string Content)[] files)
    {
        var tree = await CreateTreeAsync(files);
        (await tree.PushAsync(CloneUrl)).Good();
        return tree;
    }

    public Task<GitTree> CreateTreeAsync(params (string Path, string Content)[] files) =>
        GitTree.CreateAsync(Path.Combine(folder, $"tree{Interlocked.Increment(ref lastNumber)}"), files);

    public string CloneUrl => new UriBuilder(Url) { UserName = "admin", Password = Uri.EscapeDataString(Password), Path = "/acme/sample.git" }.Uri.AbsoluteUri;

    /// <summary>The newest run, once there is one for the commit.</summary>
    public async Task<JsonElement> RunOfAsync(string commit) => (JsonElement)await Eventually.NotNullAsync(
        async () => (await RunsAsync()).Where(r => r.GetProperty("head_sha").GetString() == commit).Select(r => (object)r).FirstOrDefault(),
        TimeSpan.FromSeconds(30),
        $"a run of {commit}");

    public async Task<IReadOnlyList<JsonElement>> RunsAsync() => [.. (await GetAsync("v1/repos/acme/sample/runs")).GetProperty("runs").EnumerateArray()];

    /// <summary>The run as it is when it has completed.</summary>
    public async Task<JsonElement> CompletedAsync(JsonElement run, TimeSpan? limit = null)
    {
        var path = $"v1/repos/acme/sample/runs/{run.GetProperty("id").GetInt64()}";
        var completed = await Eventually.NotNullAsync(
            async () => await TryGetAsync(path) is { } now && now.GetProperty("status").GetString() == "completed" ? (object)now : null,
            limit ?? TimeSpan.FromSeconds(60),
            $"the end of {path}");
        return (JsonElement)completed;
    }

    public async Task<IReadOnlyList<JsonElement>> JobsAsync(JsonElement run) =>
        [.. (await GetAsync($"v1/repos/acme/sample/runs/{run.GetProperty("id").GetInt64()}/jobs")).EnumerateArray()];

    /// <summary>The whole log of a job's stream, with the times.</summary>
    public async Task<string> LogAsync(JsonElement job, int stream) =>
        await http.GetStringAsync(new Uri($"{Url}/v1/repos/acme/sample/jobs/{job.GetProperty("id").GetInt64()}/logs/text?stream={stream}"));

    /// <summary>All streams of a job's log: the job's own and its steps'.</summary>
    public async Task<string> WholeLogAsync(JsonElement job)
    {
        var steps = (await GetAsync($"v1/repos/acme/sample/jobs/{job.GetProperty("id").GetInt64()}")).GetProperty("steps").GetArrayLength();
        var text = new StringBuilder();
        foreach (var stream in Enumerable.Range(0, steps + 1))
        {
            text.Append(await LogAsync(job, stream));
        }

        return text.ToString();
    }

    public async Task<JsonElement> GetAsync(string path) => (await http.GetFromJsonAsync<JsonElement>(new Uri($"{Url}/{path}"))).Clone();

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await http.PostAsJsonAsync(new Uri($"{Url}/{path}"), body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(programs))
        {
            await program.DisposeAsync();
        }

        http.Dispose();
    }

    /// <summary>Null while the server cannot answer: a test that kills it waits on.</summary>
    private async Task<JsonElement?> TryGetAsync(string path)
    {
        try
        {
            return await GetAsync(path);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private void SignIn() =>
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{Password}")));

    private async Task CreateSampleAsync()
    {
        await PostAsync("v1/orgs", new { path = "acme", name = "Acme" });
        await PostAsync("v1/orgs/acme/repos", new { path = "sample", name = "sample", visibility = "private" });
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
