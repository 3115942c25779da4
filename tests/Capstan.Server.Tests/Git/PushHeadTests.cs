using System.Text;
using Capstan.Server.Git;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class PushHeadTests
{
    private const string A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Commands_are_read_however_the_bytes_arrive_and_what_follows_is_kept(int bytesAtOnce)
    {
        var body = Line($"shallow {A}") + Line($"{A} {B} refs/heads/main\0 report-status side-band-64k agent=git/2") + Line($"{ObjectName.Zero} {A} refs/tags/ä") + "0000PACK and so on";
        var head = Assert.IsType<PushHeadResult.Read>(await ReadAsync(body, bytesAtOnce)).Head;
        Assert.Equal([new PushCommand("refs/heads/main", A, B), new PushCommand("refs/tags/ä", ObjectName.Zero, A)], head.Commands);
        Assert.True(head.WantsReport);
        Assert.True(head.WantsSideBand);
        Assert.StartsWith(Encoding.UTF8.GetString(head.Bytes.Span), body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    public async Task No_command_is_a_probe(string body) => Assert.IsType<PushHeadResult.Probe>(await ReadAsync(body));

    [Theory]
    [InlineData("zzzz", "no list of packets")]
    [InlineData("0003", "no list of packets")]
    [InlineData("0001", "a command was expected")]
    [InlineData("0009main", "ends within")]
    [InlineData("0009mains", "not of the form")]
    public async Task What_is_no_command_list_is_refused(string body, string why)
    {
        var refused = Assert.IsType<PushHeadResult.Malformed>(await ReadAsync(body));
        Assert.Contains(why, refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_push_is_refused_because_its_commands_stand_elsewhere()
    {
        var refused = Assert.IsType<PushHeadResult.Malformed>(await ReadAsync(Line("push-cert\0report-status") + Line("certificate version 0.1") + "0000"));
        Assert.Contains("signed", refused.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ref_that_stands_twice_is_refused()
    {
        var refused = Assert.IsType<PushHeadResult.Malformed>(await ReadAsync(Line($"{A} {B} refs/heads/main") + Line($"{B} {A} refs/heads/main") + "0000"));
        Assert.Contains("twice", refused.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PushHead.MaxCommands, true)]
    [InlineData(PushHead.MaxCommands + 1, false)]
    public async Task There_is_a_limit_of_commands(int count, bool accepted)
    {
        var body = string.Concat(Enumerable.Range(0, count).Select(number => Line($"{A} {B} refs/heads/{number}"))) + "0000";
        Assert.Equal(accepted, await ReadAsync(body) is PushHeadResult.Read);
    }

    [Fact]
    public async Task There_is_a_limit_of_bytes()
    {
        var name = new string('x', 60_000);
        var body = string.Concat(Enumerable.Range(0, (PushHead.MaxBytes / 60_000) + 1).Select(number => Line($"{A} {B} refs/heads/{name}{number}"))) + "0000";
        Assert.IsType<PushHeadResult.Malformed>(await ReadAsync(body));
    }

    [Fact]
    public async Task Upper_case_in_names_of_objects_is_read_as_git_reads_it()
    {
        var head = Assert.IsType<PushHeadResult.Read>(await ReadAsync(Line($"{A.ToUpperInvariant()} {B} refs/heads/main") + "0000")).Head;
        Assert.Equal(A, head.Commands[0].Old);
    }

    private static string Line(string text) => $"{Encoding.UTF8.GetByteCount(text) + 4:x4}{text}";

    private static Task<PushHeadResult> ReadAsync(string body, int bytesAtOnce = 4096) =>
        PushHead.ReadAsync(new Trickle(Encoding.UTF8.GetBytes(body), bytesAtOnce), CancellationToken.None);

    /// <summary>Gives its bytes a few at a time.</summary>
    private sealed class Trickle(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, atOnce)], cancellationToken);
    }
}
