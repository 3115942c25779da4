using System.IO.Compression;
using System.Text;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Capstan.Testing;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>Artifacts of <c>capstan run</c>: from job to job, and left for a person.</summary>
public sealed class LocalArtifactsTests : IDisposable
{
    private const string TwoJobs = """
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
              - run: mkdir out && echo hello > out/greeting
              - uses: actions/upload-artifact@v4
                with: { name: program, path: out }
          test:
            needs: build
            runs-on: ubuntu-latest
            steps:
              - uses: actions/download-artifact@v4
                with: { name: program }
              - run: test "$(cat greeting)" = hello
        """;

    private readonly SampleRepository repository = new();
    private readonly TemporaryFolder kept = new();

    public void Dispose()
    {
        repository.Dispose();
        kept.Dispose();
    }

    [Fact]
    public async Task What_one_job_uploads_the_next_downloads_and_a_person_finds()
    {
        repository.Workflow("ci.yml", TwoJobs).Commit();

        var (exit, output) = await RunAsync("--empty-workspace", "--artifacts-dir", kept.Path);

        Assert.True(exit == ExitCodes.Good, output);
        var file = Path.Combine(kept.Path, "ci", "program.zip");
        Assert.Contains($"artifact {file}", output, StringComparison.Ordinal);
        using var zip = ZipFile.OpenRead(file);
        Assert.Equal("greeting", Assert.Single(zip.Entries).FullName);
    }

    [Fact]
    public async Task A_run_does_not_see_what_an_earlier_one_left()
    {
        repository.Workflow("ci.yml", TwoJobs).Commit();
        Assert.Equal(ExitCodes.Good, (await RunAsync("--empty-workspace", "--artifacts-dir", kept.Path)).Exit);

        var (exit, output) = await RunAsync("--empty-workspace", "--artifacts-dir", kept.Path);
        Assert.True(exit == ExitCodes.Good, output);

        repository.Workflow("ci.yml", "on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/download-artifact@v4\n        with: { name: program }\n").Commit();
        (exit, output) = await RunAsync("--artifacts-dir", kept.Path);
        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Contains("Artifact not found for name: program", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipeline_keeps_its_artifacts_under_the_names_of_its_jobs()
    {
        repository.Write(".capstan.yml", "stages: [build]\njobs:\n  compile: { stage: build, commands: [mkdir dist, echo x > dist/a], artifacts: [dist/] }\n").Commit();

        var (exit, output) = await RunAsync("--artifacts-dir", kept.Path);

        Assert.True(exit == ExitCodes.Good, output);
        using var zip = ZipFile.OpenRead(Directory.GetFiles(kept.Path, "compile.zip", SearchOption.AllDirectories).Single());
        Assert.Equal("a", Assert.Single(zip.Entries).FullName);
    }

    private async Task<(int Exit, string Output)> RunAsync(params string[] arguments)
    {
        using var output = new MemoryStream();
        var exit = await CapstanRun.RunAsync(
            RunOptions.Parse(arguments) with { Folder = repository.Root }, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        return (exit, Encoding.UTF8.GetString(output.ToArray()));
    }
}
