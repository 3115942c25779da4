using System.Text;
using Capstan.Cli.LocalRuns.Views;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Testing;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns.Views;

/// <summary>Measures what the whole process holds, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LargeOutputTests), DisableParallelization = true)]
[Collection(nameof(LargeOutputTests))]
public sealed class LargeOutputTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public void The_output_of_a_failed_step_is_shown_whole_without_being_held()
    {
        const int Lines = 128 * 1024;
        using var output = new Measure();
        using var view = new LiveView(new Terminal(output, output, interactive: false, colour: false), new FakeClock());
        var run = new RunTag(1, "CI", "ci.yml", "push", "main");
        var job = new LocalJob("test", 0, "test", null, ObjectValue.Empty, ["ubuntu-latest"]);
        var line = Encoding.UTF8.GetBytes(new string('x', 1023));
        view.RunStarted(run);
        view.JobStarted(run, job);
        for (var i = 0; i < Lines; i++) view.Log(run, job, 1, line);
        view.StepChanged(run, job, new StepReport(1, "Print", Status.Completed, Conclusion.Failure, Conclusion.Failure, FakeClock.DefaultStart, FakeClock.DefaultStart));
        output.Begin();
        view.JobCompleted(run, job, new JobOutcome(Conclusion.Failure));

        Assert.InRange(output.Written, (Lines * 1023L) + (Lines * 5L), (Lines * 1023L) + (Lines * 5L) + 1000);
        // A quarter: what tests before this one have left behind may hold a little meanwhile.
        Assert.InRange(output.Most, 0, 32 * Megabyte);
    }

    /// <summary>Looks, at every sixteenth megabyte that is written, how much memory is held beyond that of the beginning.</summary>
    private sealed class Measure : MemoryStream
    {
        private long held;
        private long next;

        public long Written { get; private set; }

        public long Most { get; private set; }

        public void Begin()
        {
            held = GC.GetTotalMemory(forceFullCollection: true);
            Written = 0;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Written += buffer.Length;
            if (Written < next) return;
            next = Written + (16 * Megabyte);
            Most = Math.Max(Most, GC.GetTotalMemory(forceFullCollection: true) - held);
        }
    }
}
