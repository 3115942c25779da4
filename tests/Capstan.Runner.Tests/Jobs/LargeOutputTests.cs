using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Jobs;
using Capstan.Runner.Logs;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>What steps print, whatever and however much it is: counted or kept as bytes. Measures what the whole process allocates, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LargeOutputTests), DisableParallelization = true)]
[Collection(nameof(LargeOutputTests))]
public sealed class LargeOutputTests : IDisposable
{
    private const long Megabyte = 1024 * 1024;

    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task Two_steps_that_print_half_a_gigabyte_each_at_the_same_time_need_no_more_memory_than_any()
    {
        var seen = new Counter();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var result = await RunAsync(
            seen,
            """
            - { background: true, run: yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 536870912 }
            - run: yes abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij | head -c 536870912
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.InRange(seen.BytesOf(1), 512 * Megabyte, 513 * Megabyte);
        Assert.InRange(seen.BytesOf(2), 512 * Megabyte, 513 * Megabyte);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 40 * Megabyte);
    }

    [Fact]
    public async Task A_line_of_a_hundred_megabytes_comes_whole_in_pieces_and_the_next_line_is_a_line_of_its_own()
    {
        var seen = new Counter();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var result = await RunAsync(seen, "- run: head -c 100000000 /dev/zero | tr '\\0' x; echo; echo ::notice::end");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(100_000_000, seen.CountOf((byte)'x'));
        Assert.InRange(seen.Longest, 1, LineSplitter.MaxLineBytes);
        Assert.Equal("end", Assert.Single(result.Annotations).Message);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 40 * Megabyte);
    }

    [Fact]
    public async Task Binary_output_is_in_the_log_byte_for_byte_but_for_line_ends()
    {
        var bytes = new byte[2 * Megabyte];
        new Random(4711).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(job.Workspace, "binary"), bytes, TestContext.Current.CancellationToken);
        var seen = new Keeper();
        var result = await RunAsync(seen, "- run: cat binary");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(bytes.Where(value => value is not ((byte)'\n' or (byte)'\r')), seen.Bytes.Skip(seen.HeaderBytes));
    }

    [Theory]
    [InlineData("printf 'a\\xff\\xfeb\\n'", new byte[] { (byte)'a', 0xff, 0xfe, (byte)'b' })]
    [InlineData("printf 'a\\0b\\n'", new byte[] { (byte)'a', 0, (byte)'b' })]
    [InlineData("printf '\\xe2\\x82'; printf '\\xac\\n'", new byte[] { 0xe2, 0x82, 0xac })]
    public async Task Bytes_that_are_no_text_are_in_the_log_as_they_are(string script, byte[] expected)
    {
        var seen = new Keeper();
        await RunAsync(seen, $"- run: {script}");

        Assert.Equal(expected, seen.Bytes.Skip(seen.HeaderBytes));
    }

    [Fact]
    public async Task Text_that_is_no_UTF_8_has_replacement_characters_where_it_becomes_a_value()
    {
        var result = await job.RunStepsAsync(
            """
            - id: a
              run: |
                printf '::warning::a\xffb\n'
                printf 'out=c\xffd\n' >> "$GITHUB_OUTPUT"
            - run: echo '${{ steps.a.outputs.out }}'
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal("a\ufffdb", Assert.Single(result.Annotations).Message);
        Assert.EndsWith("\nc\ufffdd", job.LogOf(2), StringComparison.Ordinal);
    }

    private Task<JobResult> RunAsync(IJobObserver observer, string steps) => JobRunner.RunAsync(
        job.Order($"on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n{string.Join('\n', steps.Split('\n').Select(line => "      " + line))}"),
        observer,
        job.Settings,
        TestContext.Current.CancellationToken);

    private class Observer : IJobObserver
    {
        public void StepsBegin()
        {
        }

        public void BeforeFirstProcess(CancellationToken kill)
        {
        }

        public void StepChanged(StepReport step)
        {
        }

        public virtual void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line)
        {
        }

        public void AnnotationAdded(Annotation annotation)
        {
        }

        public void SummaryAdded(int step, string markdown)
        {
        }
    }

    /// <summary>Remembers numbers only.</summary>
    private sealed class Counter : Observer
    {
        private readonly long[] bytes = new long[8];
        private readonly long[] counts = new long[256];

        public int Longest { get; private set; }

        public long BytesOf(int step) => bytes[step];

        public long CountOf(byte value) => counts[value];

        public override void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line)
        {
            // Each step has a place of its own, so no lock is needed; the rest is for tests with one step.
            bytes[step] += line.Length + 1;
            if (line.Length > Longest) Longest = line.Length;
            if (line.StartsWith("xx"u8)) counts['x'] += line.Count((byte)'x');
        }
    }

    /// <summary>Remembers everything that one step's log has.</summary>
    private sealed class Keeper : Observer
    {
        private bool inHeader = true;

        public List<byte> Bytes { get; } = [];

        /// <summary>What the runner says before the script does.</summary>
        public int HeaderBytes { get; private set; }

        public override void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line)
        {
            if (step == 1) Bytes.AddRange(line);
            if (inHeader && step == 1) HeaderBytes = Bytes.Count;
            if (line.StartsWith("##[endgroup]"u8)) inHeader = false;
        }
    }
}
