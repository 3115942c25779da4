using System.Globalization;
using System.Text.Json;
using Capstan.EndToEnd.Tests.Harness;
using Capstan.Testing;
using Npgsql;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>Programs killed at bad moments: nothing that was accepted is lost, and nothing happens twice.</summary>
public sealed class FaultTests
{
    /// <summary>Prints numbered lines for some seconds; waits on a pipe that nobody writes to, so that it needs no program for it.</summary>
    private const string Counting = """
        on: push
        jobs:
          count:
            runs-on: ubuntu-latest
            steps:
              - run: |
                  exec 3<> <(:)
                  for i in $(seq 1 60); do echo "line $i"; read -t 0.1 -u 3 || true; done
        """;

    private const string Quick = """
        on: push
        jobs:
          quick:
            runs-on: ubuntu-latest
            steps:
              - run: echo done
        """;

    [Fact]
    public async Task When_the_server_is_killed_in_the_middle_of_a_run_no_log_byte_is_lost_or_doubled_and_the_run_ends_right()
    {
        var (installation, server, _) = await Installation.ApartAsync();
        await using var end = installation;
        var (run, job) = await StartedAsync(installation, Counting);
        await LoggedAsync(installation, job, "line 5");

        await server.EndAsync(RunningProgram.Kill);
        await installation.StartServerAsync();

        Assert.Equal("success", (await installation.CompletedAsync(run)).GetProperty("conclusion").GetString());
        var lines = (await installation.LogAsync(await JobAsync(installation, run), StepStream))
            .Split('\n').Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Where(l => l.StartsWith("line ", StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => $"line {i}"), lines);
    }

    [Fact]
    public async Task When_the_runner_is_killed_in_the_middle_of_a_step_the_job_fails_and_says_that_the_runner_was_lost()
    {
        var (installation, _, runner) = await Installation.ApartAsync();
        await using var end = installation;
        var (run, job) = await StartedAsync(installation, Counting);
        await LoggedAsync(installation, job, "line 2");

        await runner.EndAsync(RunningProgram.Kill);

        Assert.Equal("failure", (await installation.CompletedAsync(run)).GetProperty("conclusion").GetString());
        var ended = await JobAsync(installation, run);
        Assert.Equal("failure", ended.GetProperty("conclusion").GetString());
        Assert.Contains("runner lost", ended.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_everything_but_the_runner_is_killed_its_job_goes_on_and_ends_right_after_the_restart()
    {
        var (installation, up) = await Installation.UpAsync();
        await using var end = installation;
        var (run, job) = await StartedAsync(installation, Counting);
        await LoggedAsync(installation, job, "line 2");

        await up.EndAsync(RunningProgram.Kill);
        await installation.StartUpAgainAsync();

        Assert.Equal("success", (await installation.CompletedAsync(run)).GetProperty("conclusion").GetString());
    }

    [Fact]
    public async Task When_postgresql_is_killed_the_server_recovers_by_itself_and_the_running_job_ends_right()
    {
        var (installation, _, _) = await Installation.ApartAsync();
        await using var end = installation;
        var (run, job) = await StartedAsync(installation, Counting);
        await LoggedAsync(installation, job, "line 2");
        var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(installation.Cluster, "postmaster.pid")))[0], CultureInfo.InvariantCulture);

        RunningProgram.Signal(postmaster, RunningProgram.Kill);

        Assert.Equal("success", (await installation.CompletedAsync(run)).GetProperty("conclusion").GetString());
        var tree = await installation.CreateTreeAsync((".github/workflows/quick.yml", Quick));
        (await tree.PushAsync(installation.CloneUrl, "main:afterwards")).Good();
        var next = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));
        Assert.Equal("success", next.GetProperty("conclusion").GetString());
    }

    [Fact]
    public async Task When_the_server_is_killed_between_the_ref_update_and_the_trigger_the_run_exists_once_after_the_restart()
    {
        var (installation, server, _) = await Installation.ApartAsync();
        await using var end = installation;
        var tree = await installation.CreateTreeAsync((".github/workflows/quick.yml", Quick));
        var head = await tree.HeadAsync();

        // Whoever holds this lock lets a push move its ref but not record that it did.
        await using (var connection = new NpgsqlConnection(installation.ConnectionString))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var hold = new NpgsqlCommand("lock table trigger_events in share mode", connection, transaction);
            await hold.ExecuteNonQueryAsync();
            var push = tree.PushAsync(installation.CloneUrl);
            await Eventually.TrueAsync(() => RefMoved(installation, head), TimeSpan.FromSeconds(30));
            Assert.False(push.IsCompleted, "The answer left the server before the push was accepted.");

            await server.EndAsync(RunningProgram.Kill);
            Assert.NotEqual(0, (await push).ExitCode);
        }

        await installation.StartServerAsync();
        var run = await installation.CompletedAsync(await installation.RunOfAsync(head));
        Assert.Equal("success", run.GetProperty("conclusion").GetString());
        Assert.Single(await installation.RunsAsync());
    }

    /// <summary>Step 1 of the workflows above; what stands before it in the log is the set-up.</summary>
    private static int StepStream => 1;

    private static bool RefMoved(Installation installation, string head)
    {
        var file = Path.Combine(Directory.GetDirectories(Path.Combine(installation.Data, "git"), "*.git").Single(), "refs", "heads", "main");
        return File.Exists(file) && File.ReadAllText(file).Trim() == head;
    }

    private static async Task<(JsonElement Run, JsonElement Job)> StartedAsync(Installation installation, string workflow)
    {
        var tree = await installation.PushAsync((".github/workflows/ci.yml", workflow));
        var run = await installation.RunOfAsync(await tree.HeadAsync());
        return (run, await JobAsync(installation, run));
    }

    private static async Task<JsonElement> JobAsync(Installation installation, JsonElement run) => (await installation.JobsAsync(run)).Single();

    private static Task LoggedAsync(Installation installation, JsonElement job, string text) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                return (await installation.LogAsync(job, StepStream)).Contains(text, StringComparison.Ordinal);
            }
            catch (HttpRequestException)
            {
                // The job has no such stream yet.
                return false;
            }
        },
        TimeSpan.FromSeconds(30),
        $"'{text}' in the log");
}
