using System.Text;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Agent;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Agent;

public sealed class LogStreamTests : IDisposable
{
    private static readonly DateTimeOffset Noon = FakeClock.DefaultStart;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Bytes_come_back_in_order_whether_they_were_spooled_or_not()
    {
        using var log = new ExecutionLog(folder["spool"]);
        var expected = new StringBuilder();
        for (var i = 0; i < 60_000; i++)
        {
            var line = $"line {i} {new string('x', i % 50)}";
            log.Append(1, Noon, Encoding.UTF8.GetBytes(line));
            expected.Append("2026-01-05T12:00:00.0000000Z ").Append(line).Append('\n');
        }

        var stream = Assert.Single(log.Streams);
        Assert.True(File.Exists(folder["spool/1"]));
        Assert.Equal(expected.ToString(), Drain(stream, 100_000));
        Assert.Equal(0, new FileInfo(folder["spool/1"]).Length);
        Assert.Equal(expected.Length, stream.Length);
    }

    [Fact]
    public void A_stream_whose_upload_keeps_up_never_touches_the_disk()
    {
        using var log = new ExecutionLog(folder["spool"]);
        for (var i = 0; i < 50_000; i++)
        {
            log.Append(0, Noon, "a line that is acknowledged soon"u8);
            if (i % 1000 == 0) Drain(log.Streams[0], 1 << 20);
        }

        Assert.False(Directory.Exists(folder["spool"]));
    }

    [Fact]
    public void An_offset_that_was_never_written_or_is_gone_is_not_taken()
    {
        using var log = new ExecutionLog(folder["spool"]);
        log.Append(0, Noon, "abc"u8);
        var stream = log.Streams[0];

        Assert.False(stream.Acknowledge(stream.Length + 1));
        Assert.False(stream.Acknowledge(-1));
        Assert.True(stream.Acknowledge(5));
        Assert.True(stream.Acknowledge(0));
    }

    [Fact]
    public void An_execution_ends_its_log_with_a_notice_at_the_limit()
    {
        using var log = new ExecutionLog(folder["spool"]);
        var line = new byte[900_000];
        line.AsSpan().Fill((byte)'x');
        string last = "";
        for (var i = 0; i < 1200; i++)
        {
            log.Append(i % 2, Noon, line);
            foreach (var stream in log.Streams) last = Drain(stream, 1 << 20) is { Length: > 0 } text ? text : last;
        }

        Assert.EndsWith("limit of 1 GiB; what follows is left out.\n", last, StringComparison.Ordinal);
        Assert.True(log.Acknowledged.Values.Sum() <= Protocol.MaxLogBytesPerExecution);
    }

    private static string Drain(LogStream stream, int size)
    {
        var buffer = new byte[size];
        var result = new StringBuilder();
        while (stream.Unacknowledged > 0)
        {
            var (count, offset) = stream.Read(buffer);
            result.Append(Encoding.UTF8.GetString(buffer, 0, count));
            Assert.True(stream.Acknowledge(offset + count));
        }

        return result.ToString();
    }
}
