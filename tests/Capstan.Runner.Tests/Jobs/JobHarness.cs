using System.Text;
using System.Text.Json;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Agent;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Caches;
using Capstan.Runner.Checkout;
using Capstan.Runner.Jobs;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Testing;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>Runs the one job of a workflow text in folders of its own and keeps what was seen.</summary>
internal sealed class JobHarness : IJobObserver, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lock gate = new();
    private readonly List<(int Step, string Text)> lines = [];

    public JobHarness()
    {
        Directory.CreateDirectory(Workspace);
        Artifacts = new FolderArtifacts(Path.Combine(folder.Path, "artifacts"), TimeProvider.System);
        Settings = new JobRunnerSettings
        {
            Workspace = Workspace,
            Temp = Path.Combine(folder.Path, "temp"),
            ToolCache = Path.Combine(folder.Path, "tools"),
            RunnerName = "test-runner",
            Checkout = new WorkingTreeCheckout(Workspace, copy: _ => 0, alreadyThere: true),
            Artifacts = Artifacts,
            Caches = new FolderCaches(Path.Combine(folder.Path, "caches"), "refs/heads/main", TimeProvider.System),
            BaseEnvironment = BaseEnvironment.FromThisProcess(),
            Clock = TimeProvider.System,
            Grace = new Grace(TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(400)),
        };
    }

    public string Workspace => Path.Combine(folder.Path, "work", "repo", "repo");

    public FolderArtifacts Artifacts { get; }

    public JobRunnerSettings Settings { get; set; }

    public string ServerUrl { get; set; } = "http://127.0.0.1:1";

    public Dictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal);

    public string Contexts { get; set; } =
        """{"github":{"repository":"acme/app","ref":"refs/heads/main","sha":"0123456789012345678901234567890123456789","event":{"a":1},"event_name":"push","actor":"ann"},"vars":{},"inputs":{}}""";

    public List<StepReport> Reports { get; } = [];

    public List<Annotation> Annotations { get; } = [];

    public List<(int Step, string Markdown)> Summaries { get; } = [];

    /// <summary>Called with each line, on the step's thread.</summary>
    public Action<string>? OnLine { get; set; }

    /// <summary>Called with each report, on the step's thread.</summary>
    public Action<StepReport>? OnStep { get; set; }

    public string Log
    {
        get
        {
            lock (gate) return string.Join('\n', lines.Select(line => line.Text));
        }
    }

    public string LogOf(int step)
    {
        lock (gate) return string.Join('\n', lines.Where(line => line.Step == step).Select(line => line.Text));
    }

    public void Write(string file, string text)
    {
        var path = Path.Combine(Workspace, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public Task<JobResult> RunAsync(string yaml, CancellationToken cancel = default) => JobRunner.RunAsync(Order(yaml), this, Settings, cancel);

    /// <summary>Runs steps given as YAML list items, indented by six spaces.</summary>
    public Task<JobResult> RunStepsAsync(string steps, CancellationToken cancel = default) => RunAsync(
        $"""
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
        {Indent(steps)}
        """,
        cancel);

    /// <summary>Runs one step whose script has these lines.</summary>
    public Task<JobResult> RunScriptAsync(params string[] script) => RunStepsAsync("- run: |\n" + string.Join('\n', script.Select(line => "    " + line)));

    /// <summary>As a runner gets it from a server.</summary>
    public JobOrder Order(string yaml) => JobOrders.Of(Message(yaml));

    public JobMessage Message(string yaml)
    {
        var read = WorkflowReader.Read(".github/workflows/test.yml", yaml);
        var definition = read.Definition
            ?? throw new InvalidOperationException(string.Join('\n', read.Diagnostics.Where(d => d.Severity == Severity.Error)));
        var job = definition.Jobs[0];
        return new JobMessage
        {
            ExecutionId = 1,
            FencingToken = 1,
            RunId = 1,
            JobId = 1,
            JobKey = job.Id,
            JobName = job.Id,
            Definition = JobContent.Of(definition, job).Write(),
            Contexts = JsonDocument.Parse(Contexts).RootElement,
            Secrets = Secrets,
            ServerUrl = ServerUrl,
            Token = "job-token-0123456789",
        };
    }

    /// <summary>What was reported last before the job's own steps could begin; null: nothing.</summary>
    public StepReport? BeforeSteps { get; private set; }

    public void StepsBegin() => BeforeSteps = Reports.LastOrDefault();

    /// <summary>At the beginning of each step and at the end of the last.</summary>
    public List<JobCheckpoint> Checkpoints { get; } = [];

    public void StepNext(Func<JobCheckpoint> take) => Checkpoints.Add(take());

    public void BeforeFirstProcess(CancellationToken kill)
    {
    }

    public void StepChanged(StepReport step)
    {
        lock (gate) Reports.Add(step);
        OnStep?.Invoke(step);
    }

    public void Keep(int step, string text)
    {
        lock (gate) lines.Add((step, text));
        OnLine?.Invoke(text);
    }

    void IJobObserver.Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line) => Keep(step, Encoding.UTF8.GetString(line));

    public void AnnotationAdded(Annotation annotation)
    {
        lock (gate) Annotations.Add(annotation);
    }

    public void SummaryAdded(int step, string markdown)
    {
        lock (gate) Summaries.Add((step, markdown));
    }

    public void Dispose() => folder.Dispose();

    private static string Indent(string steps) => string.Join('\n', steps.Split('\n').Select(line => "      " + line));
}
