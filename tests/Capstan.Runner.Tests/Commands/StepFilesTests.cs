using System.Diagnostics;
using Capstan.Runner.Commands;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Commands;

/// <summary>The files of a program are made out of those of the one before, when nobody is left who could write to them.</summary>
public sealed class StepFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_taken_over_have_new_names_and_nothing_of_what_was_written()
    {
        var subjects = new ArtifactSubjects();
        var first = New(1).Create(subjects);
        first.CreateScript(".sh", "echo a long script"u8);
        foreach (var file in (string[])[first.Output, first.Env, first.Path, first.State, first.Summary, first.Artifacts, first.ArtifactsList]) File.AppendAllText(file, "A=1\n");
        var second = New(2);

        Assert.True(first.TryEmpty());
        Assert.True(first.TryRenameTo(second));
        var script = second.Create(subjects).CreateScript(".py", "pass"u8);

        Assert.All([second.Output, second.Env, second.Path, second.State, second.Summary, second.Artifacts], file => Assert.Equal("", File.ReadAllText(file)));
        Assert.Equal(subjects.ToJson(), File.ReadAllBytes(second.ArtifactsList));
        Assert.Equal("pass", File.ReadAllText(script));
        Assert.Equal(8, Directory.GetFiles(folder.Path).Length);
    }

    [Theory]
    [InlineData("ln -sf {0}/precious {0}/set_env_1")]
    [InlineData("ln -sf {0}/precious {0}/step_1.sh")]
    [InlineData("ln -sf {0}/precious {0}/artifacts_list_1")]
    [InlineData("rm {0}/set_output_1")]
    [InlineData("rm {0}/set_output_1; mkdir {0}/set_output_1")]
    [InlineData("rm {0}/set_output_1; mkfifo {0}/set_output_1")]
    [InlineData("chmod 0 {0}/save_state_1")]
    [InlineData("rm {0}/precious; echo -n kept > {0}/step_summary_1; ln {0}/step_summary_1 {0}/precious")]
    [InlineData("rm {0}/precious; echo -n kept > {0}/step_1.sh; ln {0}/step_1.sh {0}/precious")]
    public async Task What_a_program_put_in_the_place_of_one_is_neither_taken_over_nor_emptied(string script)
    {
        await File.WriteAllTextAsync(folder["precious"], "kept", TestContext.Current.CancellationToken);
        var files = New(1).Create(new ArtifactSubjects());
        files.CreateScript(".sh", "echo"u8);

        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script.Replace("{0}", folder.Path, StringComparison.Ordinal)]) { UseShellExecute = false })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.False(files.TryEmpty());
        files.Delete();
        Assert.Equal("kept", await File.ReadAllTextAsync(folder["precious"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Files_that_are_gone_when_they_are_to_be_taken_over_are_made_anew()
    {
        var subjects = new ArtifactSubjects();
        var first = New(1).Create(subjects);
        File.WriteAllText(first.Env, "A=1\n");
        Assert.True(first.TryEmpty());
        File.Delete(first.Summary);
        var second = New(2);

        Assert.False(first.TryRenameTo(second));
        second.Create(subjects);

        Assert.All([second.Output, second.Env, second.Path, second.State, second.Summary, second.Artifacts], file => Assert.Equal("", File.ReadAllText(file)));
    }

    [Fact]
    public async Task What_a_process_of_an_earlier_step_still_writes_reaches_nobody()
    {
        using var job = new JobHarness();
        await job.RunStepsAsync(
            """
            - run: |
                mkfifo go done
                (exec > /dev/null 2>&1 3>> "$GITHUB_ENV"; read < go; echo LATE=1 >&3; echo > done) &
            - run: echo > go; read < done
            - run: echo "<$LATE>"
            """);

        Assert.EndsWith("\n<>", job.LogOf(3), StringComparison.Ordinal);
    }

    private StepFiles New(int number) => new(folder.Path, folder.Path, number);
}
