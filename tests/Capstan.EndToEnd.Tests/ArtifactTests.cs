using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>The built-in actions for artifacts, between jobs of a server.</summary>
public sealed class ArtifactTests
{
    private const string Workflow = """
        on: push
        jobs:
          build:
            strategy: { matrix: { os: [a, b] } }
            runs-on: ubuntu-latest
            steps:
              - run: mkdir out && echo ${{ matrix.os }} > out/${{ matrix.os }} && head -c 30000000 /dev/urandom > out/noise-${{ matrix.os }} && sha256sum out/noise-* > out/sum-${{ matrix.os }}
              - uses: actions/upload-artifact@v4
                id: up
                with: { name: 'program-${{ matrix.os }}', path: out, retention-days: 3 }
              - run: echo "digest=${{ steps.up.outputs.artifact-digest }} url=${{ steps.up.outputs.artifact-url }}"
          test:
            needs: build
            runs-on: ubuntu-latest
            steps:
              - uses: actions/download-artifact@v4
                with: { path: out, pattern: program-*, merge-multiple: true }
              - run: test "$(cat out/a out/b)" = $'a\nb' && sha256sum --check out/sum-a out/sum-b
        """;

    [Fact]
    public async Task What_jobs_upload_a_later_job_downloads()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var tree = await installation.PushAsync((".github/workflows/ci.yml", Workflow));

        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        var jobs = await installation.JobsAsync(run);
        var logs = await Task.WhenAll(jobs.Select(installation.WholeLogAsync));
        Assert.True(run.GetProperty("conclusion").GetString() == "success", string.Join('\n', logs));
        var artifacts = (await installation.GetAsync($"v1/repos/acme/sample/runs/{run.GetProperty("id").GetInt64()}/artifacts")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["program-a", "program-b"], artifacts.Select(artifact => artifact.GetProperty("name").GetString()).Order());
        Assert.All(artifacts, artifact =>
        {
            Assert.InRange(artifact.GetProperty("size_bytes").GetInt64(), 30_000_000, 31_000_000);
            Assert.Contains(logs, log => log.Contains($"digest={artifact.GetProperty("sha256").GetString()} url={artifact.GetProperty("download_url").GetString()}", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task A_later_run_downloads_what_an_earlier_one_kept()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var tree = await installation.PushAsync((".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo kept > f\n      - uses: actions/upload-artifact@v4\n        with: { name: f, path: f }\n"));
        var first = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));
        await tree.CommitAsync((".github/workflows/ci.yml", $$"""
            on: push
            jobs:
              a:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/download-artifact@v4
                    with: { name: f, run-id: {{first.GetProperty("id").GetInt64()}}, github-token: '${{"{{"}} github.token {{"}}"}}' }
                  - run: test "$(cat f)" = kept
            """));
        (await tree.PushAsync(installation.CloneUrl)).Good();

        var second = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        Assert.True(second.GetProperty("conclusion").GetString() == "success", await installation.WholeLogAsync((await installation.JobsAsync(second)).Single()));
    }
}
