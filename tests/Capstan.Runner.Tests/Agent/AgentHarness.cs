using System.Text;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Agent;
using Capstan.Runner.Steps;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;

namespace Capstan.Runner.Tests.Agent;

/// <summary>A runner with a folder of its own, registered with a server that a test leads.</summary>
internal sealed class AgentHarness : IAsyncDisposable
{
    private readonly StringBuilder reported = new();

    public TemporaryFolder Folder { get; } = new();

    /// <summary>The first signal.</summary>
    public CancellationTokenSource Drain { get; } = new();

    /// <summary>The second signal.</summary>
    public CancellationTokenSource CancelJobs { get; } = new();

    public FakeServer Server { get; private set; } = null!;

    /// <summary>Of the runner that was started.</summary>
    public Task<RunnerAgentEnd> Ended { get; private set; } = null!;

    /// <summary>What the runner has told its owner.</summary>
    public string Reported
    {
        get
        {
            lock (reported) return reported.ToString();
        }
    }

    public async ValueTask InitializeAsync() => Server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Drain.CancelAsync();
        await CancelJobs.CancelAsync();
        Server.Down = false;
        if (Ended is not null) await Ended.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        await Server.DisposeAsync();
        Folder.Dispose();
        Drain.Dispose();
        CancelJobs.Dispose();
    }

    /// <summary>Registers the runner and starts it.</summary>
    public void Start(int slots = 1, TimeProvider? clock = null)
    {
        new RunnerRegistration(Server.Url, 3, "runner-3", "the-credential").Write(Folder["registration.json"]);
        Ended = RunnerAgent.RunAsync(Settings(slots, clock), Drain.Token);
    }

    public RunnerAgentSettings Settings(int slots, TimeProvider? clock = null) => new()
    {
        RegistrationFile = Folder["registration.json"],
        WorkFolder = Folder["work"],
        Slots = slots,
        BaseEnvironment = BaseEnvironment.FromThisProcess(),
        Clock = clock ?? TimeProvider.System,
        Report = line =>
        {
            lock (reported) reported.AppendLine(line);
        },
        CancelJobs = CancelJobs.Token,
    };

    /// <summary>A job with these steps, YAML list items.</summary>
    public JobMessage Job(long execution, string steps)
    {
        using var harness = new JobHarness();
        var yaml = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n" + string.Join('\n', steps.Split('\n').Select(line => "      " + line));
        return harness.Message(yaml) with { ExecutionId = execution, FencingToken = 40 + execution, ServerUrl = Server.Url };
    }

    /// <summary>What the server was told at the end of the job, when it is.</summary>
    public async Task<CompleteRequest> CompletedAsync(long execution) =>
        await Eventually.NotNullAsync(() => Task.FromResult(Server.Completed.GetValueOrDefault(execution)));

    /// <summary>The lines of a log, without their times.</summary>
    public IEnumerable<string> Texts(long execution, int stream = 1) =>
        Server.LogOf(execution, stream).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[29..]);
}
