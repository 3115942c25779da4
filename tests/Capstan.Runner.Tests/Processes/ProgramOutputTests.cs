using System.Globalization;
using System.Text;
using Capstan.Runner.Processes;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Processes;

public sealed class ProgramOutputTests : IDisposable
{
    /// <summary>The number is there whole or not at all.</summary>
    private const string TellId = "echo $$ > id.new; mv id.new id; ";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task More_than_its_pipe_holds_is_read_whole()
    {
        using var program = Start("seq 300000");

        var output = await Task.Run(program.Read, CancellationToken.None).WaitAsync(Eventually.DefaultLimit, TestContext.Current.CancellationToken);

        Assert.NotNull(output);
        Assert.True(output.Length > 1024 * 1024);
        Assert.Equal(string.Concat(Enumerable.Range(1, 300_000).Select(number => $"{number}\n")), Encoding.ASCII.GetString(output));
    }

    [Theory]
    [InlineData("echo a; exit 3")]
    [InlineData("echo a; kill -9 $$")]
    public void One_that_fails_has_no_output(string script)
    {
        using var program = Start(script);

        Assert.Null(program.Read());
    }

    [Fact]
    public async Task One_that_has_ended_before_is_read_as_any_other()
    {
        using var program = Start(TellId + "echo a");
        var process = await IdAsync();
        await Eventually.TrueAsync(() => File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal));

        Assert.Equal("a\n"u8.ToArray(), program.Read());
        Assert.False(Directory.Exists($"/proc/{process}"));
    }

    [Theory]
    [InlineData("exec yes")]
    [InlineData("trap '' TERM; exec yes")]
    [InlineData("exec sleep 1000")]
    public async Task One_that_nobody_has_read_ends_when_it_is_disposed_and_nothing_of_it_is_left(string script)
    {
        var program = Start(TellId + script);
        var process = await IdAsync();
        Assert.NotNull(JobProcesses.SessionOwner(process));

        await Task.Run(program.Dispose, CancellationToken.None).WaitAsync(Eventually.DefaultLimit, TestContext.Current.CancellationToken);

        Assert.False(Directory.Exists($"/proc/{process}"));
        Assert.Null(JobProcesses.SessionOwner(process));
    }

    [Fact]
    public void It_has_the_environment_of_this_process()
    {
        using var program = ProgramOutput.Start("cat", ["/proc/self/environ"], folder.Path);

        Assert.Equal(File.ReadAllBytes("/proc/self/environ"), program.Read());
    }

    [Fact]
    public void A_program_that_is_not_on_the_PATH_is_named() =>
        Assert.Equal("no-such-program", Assert.Throws<FileNotFoundException>(() => ProgramOutput.Start("no-such-program", [], folder.Path)).FileName);

    [Fact]
    public void It_is_read_once()
    {
        using var program = Start("echo a");
        Assert.Equal("a\n"u8.ToArray(), program.Read());

        Assert.Throws<ObjectDisposedException>(program.Read);
    }

    private ProgramOutput Start(string script) => ProgramOutput.Start("sh", ["-c", script], folder.Path);

    private async Task<int> IdAsync()
    {
        await Eventually.TrueAsync(() => File.Exists(folder["id"]));
        return int.Parse(await File.ReadAllTextAsync(folder["id"], TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }
}
