using System.Diagnostics;
using System.Text;
using Capstan.Runner.Files;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Files;

public sealed class WholeFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024 - 1)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(100_000)]
    public void A_file_of_any_length_is_read_whole(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(folder["file"], content);

        Assert.Equal(content, WholeFile.Read(folder["file"]));
    }

    [Fact]
    public void A_file_under_proc_which_tells_no_length_is_read() => Assert.Equal(File.ReadAllBytes("/proc/version"), WholeFile.Read("/proc/version"));

    [Fact]
    public async Task A_pipe_is_read_to_its_end()
    {
        var pipe = folder["pipe"];
        using var make = Process.Start("mkfifo", [pipe]);
        await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        var writing = Task.Run(() => File.WriteAllText(pipe, "content"), TestContext.Current.CancellationToken);

        Assert.Equal("content"u8.ToArray(), WholeFile.Read(pipe));
        await writing;
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        Assert.Contains("none", Assert.Throws<FileNotFoundException>(() => WholeFile.Read(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, Assert.Throws<UnauthorizedAccessException>(() => WholeFile.Read(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("text of ümlauts\n")]
    public void What_is_written_takes_the_place_of_what_was_there(string text)
    {
        File.WriteAllText(folder["file"], "something longer than that");

        WholeFile.Write(folder["file"], text);
        WholeFile.Write(folder["new"], text);

        Assert.Equal(Encoding.UTF8.GetBytes(text), File.ReadAllBytes(folder["file"]));
        Assert.Equal(File.ReadAllBytes(folder["file"]), File.ReadAllBytes(folder["new"]));
    }

    [Fact]
    public void What_cannot_be_written_is_named()
    {
        Assert.Throws<DirectoryNotFoundException>(() => WholeFile.Write(folder["no/file"], "text"));
        Assert.Contains(folder.Path, Assert.Throws<UnauthorizedAccessException>(() => WholeFile.Write(folder.Path, "text")).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => WholeFile.Write("/dev/full", "text"));
    }
}
