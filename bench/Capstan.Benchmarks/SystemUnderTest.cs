using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Capstan.Benchmarks;

/// <summary>The published program as <c>capstan up</c>, with a private PostgreSQL that syncs every commit, and an organisation <c>bench</c> in it.</summary>
public sealed partial class SystemUnderTest : IAsyncDisposable
{
    private const string Password = "correct horse battery staple";
    private const int SigTerm = 15;

    private readonly string folder;
    private readonly Process process;

    private SystemUnderTest(string folder, Process process, string url)
    {
        this.folder = folder;
        this.process = process;
        Url = url;
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = new Uri(url + "/"), Timeout = Timeout.InfiniteTimeSpan };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{Password}")));
    }

    public string Url { get; }

    /// <summary>Of the program; its database is a descendant.</summary>
    public int ProcessId => process.Id;

    /// <summary>Signed in as the administrator.</summary>
    public HttpClient Http { get; }

    public static async Task<SystemUnderTest> StartAsync(PublishedPrograms programs, int slots, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("capstan-bench-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_001_001);
        var url = $"http://127.0.0.1:{FreePort()}";
        var ready = Path.Combine(folder, "ready");
        var start = new ProcessStartInfo(
            await ReachableAsync(programs.Capstan, folder, cancel),
            ["up", "--data", Path.Combine(folder, "server"), "--runner-data", Path.Combine(folder, "runner"), "--run-folder", Path.Combine(folder, "run"),
                "--url", url, "--slots", $"{slots}", "--ready-file", ready])
        { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["CAPSTAN_ADMIN_PASSWORD"] = Password;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        while (!File.Exists(ready))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"capstan up ended with {process.ExitCode}.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel);
        }

        var system = new SystemUnderTest(folder, process, url);
        using var created = await system.Http.PostAsJsonAsync("v1/orgs", new { path = "bench", name = "bench" }, cancel);
        created.EnsureSuccessStatusCode();
        return system;
    }

    /// <summary>A repository <c>bench/NAME</c> whose default branch has the workflow as <c>ci.yml</c>.</summary>
    public async Task CreateRepositoryAsync(string name, string workflow, CancellationToken cancel)
    {
        using var created = await Http.PostAsJsonAsync("v1/orgs/bench/repos", new { path = name, name, visibility = "private" }, cancel);
        created.EnsureSuccessStatusCode();
        var tree = Path.Combine(folder, "trees", name);
        Directory.CreateDirectory(tree);
        await SampleRepository.CreateAsync(tree, workflow, cancel);
        var address = new UriBuilder(Url) { UserName = "admin", Password = Uri.EscapeDataString(Password), Path = $"/bench/{name}.git" }.Uri.AbsoluteUri;
        await SampleRepository.GitAsync(tree, cancel, "push", "-q", address, "main");
    }

    /// <summary>Starts the workflow by hand and answers the run's id.</summary>
    public async Task<long> DispatchAsync(string repository, CancellationToken cancel)
    {
        using var answer = await Http.PostAsJsonAsync($"v1/repos/bench/{repository}/workflows/ci.yml/dispatches", new { @ref = "main" }, cancel);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("run_id").GetInt64();
    }

    /// <param name="poll">How often it asks: each question costs the server something.</param>
    /// <returns>When it ended, by the server's clock.</returns>
    public async Task<DateTimeOffset> WaitForRunAsync(string repository, long run, TimeSpan poll, CancellationToken cancel)
    {
        while (true)
        {
            var answer = await Http.GetFromJsonAsync<JsonElement>($"v1/repos/bench/{repository}/runs/{run}", cancel);
            if (answer.TryGetProperty("completed_at", out var ended))
            {
                return ended.GetDateTimeOffset();
            }

            await Task.Delay(poll, TimeProvider.System, cancel);
        }
    }

    public async Task<NpgsqlConnection> OpenDatabaseAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection($"Host={Directory.GetDirectories(Path.Combine(folder, "run")).Single()};Username=capstan;Database=capstan;Pooling=false;Command Timeout=600");
        await connection.OpenAsync(cancel);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        _ = Kill(process.Id, SigTerm);
        await process.WaitForExitAsync();
        process.Dispose();
        Http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The program where the runner's user can reach it: a checkout often lies in a closed folder.</summary>
    private static async Task<string> ReachableAsync(string program, string folder, CancellationToken cancel)
    {
        var copy = Path.Combine(folder, "program");
        await WholeProcess.RunAsync("cp", ["-r", Path.GetDirectoryName(program)!, copy], folder, environment: null, cancel);
        await WholeProcess.RunAsync("chmod", ["-R", "a+rX", copy], folder, environment: null, cancel);
        return Path.Combine(copy, Path.GetFileName(program));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
