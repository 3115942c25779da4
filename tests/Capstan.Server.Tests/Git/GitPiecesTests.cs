using System.Buffers;
using System.Text;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class RefNameTests
{
    [Theory]
    [InlineData("refs/heads/main", true)]
    [InlineData("refs/heads/feature/a.b-c_d", true)]
    [InlineData("refs/heads/ünï", true)]
    [InlineData("refs/notes/commits", true)]
    [InlineData("main", false)]
    [InlineData("refs/heads", false)]
    [InlineData("refs/heads/", false)]
    [InlineData("refs/heads//a", false)]
    [InlineData("refs/heads/.a", false)]
    [InlineData("refs/heads/a.", false)]
    [InlineData("refs/heads/a..b", false)]
    [InlineData("refs/heads/a.lock", false)]
    [InlineData("refs/heads/a.lock/b", false)]
    [InlineData("refs/heads/a b", false)]
    [InlineData("refs/heads/a~1", false)]
    [InlineData("refs/heads/a^", false)]
    [InlineData("refs/heads/a:b", false)]
    [InlineData("refs/heads/a*", false)]
    [InlineData("refs/heads/a\\b", false)]
    [InlineData("refs/heads/a@{1}", false)]
    [InlineData("refs/heads/a\n", false)]
    [InlineData("refs/heads/a\u007f", false)]
    public void Names_are_those_that_git_takes(string reference, bool valid) => Assert.Equal(valid, RefName.IsValid(reference));

    [Theory]
    [InlineData("refs/pull/1/head", true)]
    [InlineData("refs/PULL/1/head", true)]
    [InlineData("refs/capstan/x", true)]
    [InlineData("refs/heads/refs/pull/1", false)]
    [InlineData("refs/heads/pull/1", false)]
    public void The_servers_refs_are_reserved(string reference, bool reserved) => Assert.Equal(reserved, RefName.IsReserved(reference));
}

public sealed class PushReportTests
{
    [Fact]
    public void Gits_report_is_read_as_which_refs_moved()
    {
        var report = new ArrayBufferWriter<byte>();
        foreach (var line in new[] { "unpack ok\n", "ok refs/heads/a\n", "option refname refs/heads/a\n", "ng refs/heads/b locked\n", "ok refs/tags/ok\n" })
            PktLine.Write(report, line);
        Assert.Null(PushReport.MovedRefs(report.WrittenSpan));
        report.Write(PktLine.Flush);
        Assert.Equal(["refs/heads/a", "refs/tags/ok"], PushReport.MovedRefs(report.WrittenSpan)!.Order());
    }

    [Fact]
    public void A_long_report_is_cut_into_packets_that_git_takes()
    {
        var band = new ArrayBufferWriter<byte>();
        PktLine.WriteBand(band, 1, new byte[100_000]);
        Assert.Equal(PacketRead.Complete, PktLine.TryRead(band.WrittenSpan, out _, out _, out var length));
        Assert.Equal(PktLine.MaxLength, length);
        Assert.Equal(PacketRead.Complete, PktLine.TryRead(band.WrittenSpan[length..], out _, out var rest, out var second));
        Assert.Equal(band.WrittenCount, length + second);
        Assert.Equal(100_000, length - 5 + band.WrittenSpan[length..][rest].Length - 1);
    }
}

public sealed class PushBodyTests
{
    [Theory]
    [InlineData(PushBody.MaxBytesInMemory, false)]
    [InlineData(PushBody.MaxBytesInMemory + 1, true)]
    public async Task A_small_body_stays_in_memory_and_a_larger_one_goes_to_a_file_without_a_name(int size, bool onDisk)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[size];
        new Random(Seed: 1).NextBytes(bytes);
        await using var body = await PushBody.ReadAsync(bytes.AsMemory(0, 100), new MemoryStream(bytes, 100, size - 100), folder.Path, long.MaxValue, CancellationToken.None);
        Assert.Equal(onDisk, body!.IsOnDisk);
        Assert.Empty(Directory.GetFiles(folder.Path));
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy, CancellationToken.None);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public async Task A_body_over_the_limit_is_none(int size, bool accepted)
    {
        using var folder = new TemporaryFolder();
        await using var body = await PushBody.ReadAsync(new byte[500], new MemoryStream(new byte[size - 500]), folder.Path, maxBytes: 1000, CancellationToken.None);
        Assert.Equal(accepted, body is not null);
    }
}

public sealed class CommitTests
{
    [Fact]
    public void A_commit_is_read_with_its_people_their_time_zones_and_its_message()
    {
        var commit = Parse("tree t\nparent p1\nparent p2\nauthor Ada <a@b> 1700000000 +0530\ncommitter <> 1700000000 -0800\ngpgsig x\n y\n\ntitle\n\nbody\n");
        Assert.Equal(("t", "title\n\nbody\n"), (commit.Tree, commit.Message));
        Assert.Equal(["p1", "p2"], commit.Parents);
        Assert.Equal(new CommitSignature("Ada", "a@b", new DateTimeOffset(2023, 11, 15, 3, 43, 20, new TimeSpan(5, 30, 0))), commit.Author);
        Assert.Equal(TimeSpan.FromHours(-8), commit.Committer.When.Offset);
    }

    [Theory]
    [InlineData("author nobody\n")]
    [InlineData("author a <b> 99999999999999999999 +0000\n")]
    [InlineData("author a <b> 5 +9999\n")]
    [InlineData("author a <b> x y\n")]
    [InlineData("author\n")]
    public void What_broken_tools_wrote_does_not_stop_the_reading(string header) => Assert.Equal("m", Parse($"tree t\n{header}\n\nm").Message.Trim());

    private static Commit Parse(string text) => Commit.Parse(new GitObject("sha", "commit", Encoding.UTF8.GetBytes(text)));
}

public sealed class ObjectReaderTests
{
    [Fact]
    public async Task Objects_are_read_one_after_the_other_by_one_process_and_new_ones_are_seen()
    {
        using var work = new GitClient();
        var folder = new GitFolder(work.Folder);
        var id = new RepositoryId(1);
        await folder.CreateAsync(id, "main", CancellationToken.None);
        await using var readers = new ObjectReaders(folder, TimeProvider.System);
        Assert.IsType<ObjectRead.Missing>(await ReadAsync("refs/heads/main"));
        Assert.IsType<ObjectRead.Missing>(await ReadAsync("a\nb"));

        await work.RunAsync("clone", "--quiet", folder.PathOf(id), "clone");
        await File.WriteAllTextAsync(Path.Combine(work.Folder, "clone/a b"), "content");
        await work.RunAsync("-C", "clone", "add", ".");
        await work.RunAsync("-C", "clone", "commit", "--quiet", "--message", "one");
        await work.RunAsync("-C", "clone", "push", "--quiet", "origin", "HEAD:main");

        var found = Assert.IsType<ObjectRead.Found>(await ReadAsync("refs/heads/main:a b"));
        Assert.Equal("content", Encoding.UTF8.GetString(found.Object.Content));
        Assert.Equal(1, readers.IdleCount);
        Assert.Equal(7, Assert.IsType<ObjectRead.TooLarge>(await ReadAsync("refs/heads/main:a b", maxBytes: 6)).Size);
        Assert.Equal(0, readers.IdleCount);
        Assert.IsType<ObjectRead.Found>(await ReadAsync("refs/heads/main:a b", maxBytes: 7));

        Task<ObjectRead> ReadAsync(string revision, int maxBytes = 1000) => readers.UseAsync(id, reader => reader.ReadAsync(revision, maxBytes, CancellationToken.None));
    }

    [Fact]
    public async Task A_process_that_nobody_needs_ends_after_a_while()
    {
        using var work = new GitClient();
        var folder = new GitFolder(work.Folder);
        await folder.CreateAsync(new RepositoryId(1), "main", CancellationToken.None);
        var clock = new FakeClock();
        await using var readers = new ObjectReaders(folder, clock);
        await readers.UseAsync(new RepositoryId(1), reader => reader.ReadAsync("HEAD", 10, CancellationToken.None));
        Assert.Equal(1, readers.IdleCount);
        clock.Advance(ObjectReaders.IdleLimit);
        Assert.Equal(0, readers.IdleCount);
    }
}
