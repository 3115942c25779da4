using System.Diagnostics;
using Capstan.Runner.Files;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Files;

public sealed class FileCopyTests : IDisposable
{
    private static readonly DateTime Changed = new DateTime(2024, 2, 29, 12, 30, 1, 234, DateTimeKind.Utc).AddTicks(5678);
    private static readonly DateTime Accessed = DateTime.UnixEpoch;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * 1024 + 1)]
    [InlineData(300_000)]
    public void A_copy_has_the_bytes_the_mode_and_the_time_of_change_and_a_time_of_access_of_its_own(int length)
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;
        var content = new byte[length];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(folder["original"], content);
        File.SetUnixFileMode(folder["original"], mode);
        File.SetLastWriteTimeUtc(folder["original"], Changed);

        FileCopy.Make(folder["original"], folder["copy"], Accessed);

        Assert.Equal(mode, File.GetUnixFileMode(folder["copy"]));
        Assert.Equal(Changed, File.GetLastWriteTimeUtc(folder["copy"]));
        Assert.Equal(Accessed, File.GetLastAccessTimeUtc(folder["copy"]));
        Assert.Equal(content, File.ReadAllBytes(folder["copy"]));
    }

    [Fact]
    public void What_is_there_is_replaced()
    {
        File.WriteAllText(folder["original"], "new");
        File.WriteAllText(folder["copy"], "old and longer");
        File.SetUnixFileMode(folder["copy"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        FileCopy.Make(folder["original"], folder["copy"], Accessed);

        Assert.Equal("new", File.ReadAllText(folder["copy"]));
        Assert.Equal(File.GetUnixFileMode(folder["original"]), File.GetUnixFileMode(folder["copy"]));
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.SetUser | UnixFileMode.SetGroup, UnixFileMode.UserRead | UnixFileMode.UserExecute)]
    public void The_mode_is_kept_whatever_the_mask_but_for_what_makes_a_program_run_as_somebody_else(UnixFileMode mode, UnixFileMode expected)
    {
        File.WriteAllText(folder["original"], "content");
        File.SetUnixFileMode(folder["original"], mode);

        FileCopy.Make(folder["original"], folder["copy"], Accessed);

        Assert.Equal(expected, File.GetUnixFileMode(folder["copy"]));
    }

    [Fact]
    public void A_file_from_before_1970_keeps_its_time()
    {
        var before = new DateTime(1969, 7, 20, 20, 17, 40, 250, DateTimeKind.Utc);
        File.WriteAllText(folder["original"], "content");
        File.SetLastWriteTimeUtc(folder["original"], before);

        FileCopy.Make(folder["original"], folder["copy"], Accessed);

        Assert.Equal(before, File.GetLastWriteTimeUtc(folder["copy"]));
    }

    [Fact]
    public async Task Links_pipes_and_folders_are_no_small_files()
    {
        File.WriteAllText(folder["file"], "content");
        File.CreateSymbolicLink(folder["link"], folder["file"]);
        Directory.CreateDirectory(folder["folder"]);
        using var make = Process.Start("mkfifo", [folder["pipe"]]);
        await make.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.All(["link", "folder", "pipe", "none"], name => Assert.False(FileCopy.TryCopySmall(folder[name], folder["copy"], Accessed)));
        Assert.False(File.Exists(folder["copy"]));
    }

    [Fact]
    public void What_cannot_be_copied_is_named()
    {
        File.WriteAllText(folder["file"], "content");
        Directory.CreateDirectory(folder["folder"]);

        Assert.Contains("none", Assert.Throws<FileNotFoundException>(() => FileCopy.Make(folder["none"], folder["copy"], Accessed)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => FileCopy.Make(folder["file"], folder["no/copy"], Accessed));
        Assert.ThrowsAny<Exception>(() => FileCopy.Make(folder["file"], folder["folder"], Accessed));
    }
}
