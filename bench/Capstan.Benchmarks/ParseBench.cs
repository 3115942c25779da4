using Capstan.Orchestration;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Triggers;
using YamlDotNet.Core;

namespace Capstan.Benchmarks;

/// <summary>Reading and planning of a typical workflow beside a bare pass of the YAML library over the same text, per second of processor time.</summary>
internal static class ParseBench
{
    private const int Batch = 200;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);
    private static readonly TriggerInput Push = new() { Event = "push", Ref = "refs/heads/main", ChangedPaths = new(["src/a.cs"]) };

    public static Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        var text = TypicalWorkflow.Text;
        Rate(() => Plan(text), WarmUp, cancel);
        var ours = Rate(() => Plan(text), Measured, cancel);
        Rate(() => Scan(text), WarmUp, cancel);
        var bare = Rate(() => Scan(text), Measured, cancel);
        BenchTable.Print(new BenchRow(
            "parse and plan a typical workflow, one core", ours, bare, "/s", $"goal: over 2,000/s; bare: parse events of the library; {text.Length:#,0} characters, processor time"));
        return Task.CompletedTask;
    }

    private static void Plan(string text)
    {
        var workflow = WorkflowReader.Read(".github/workflows/ci.yml", text).Definition ?? throw new InvalidOperationException("The sample is no workflow.");
        if (!TriggerMatcher.Decide(workflow, Push).Fires || RunPlan.Of(workflow).Begin().Nodes.Count != workflow.Jobs.Count)
        {
            throw new InvalidOperationException("The sample does not fire.");
        }
    }

    private static void Scan(string text)
    {
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
        }
    }

    /// <summary>Calls per second of this process's own time, so that other work on the machine does not count.</summary>
    private static double Rate(Action action, TimeSpan least, CancellationToken cancel)
    {
        var (began, calls) = (Environment.CpuUsage.TotalTime, 0);
        TimeSpan used;
        do
        {
            cancel.ThrowIfCancellationRequested();
            for (var call = 0; call < Batch; call++)
            {
                action();
            }

            calls += Batch;
            used = Environment.CpuUsage.TotalTime - began;
        }
        while (used < least);
        return calls / used.TotalSeconds;
    }
}
