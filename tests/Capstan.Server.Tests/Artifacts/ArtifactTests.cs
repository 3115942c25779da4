using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Artifacts;
using Capstan.Server.Blobs;
using Capstan.Server.Tests.Blobs;
using Capstan.Server.Tests.Data;
using Capstan.Server.Tests.Jobs;
using Capstan.Server.Web;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Artifacts;

public sealed class ArtifactTests
{
    private const string TwoJobs = """
        on: push
        jobs:
          build: { runs-on: linux, steps: [{ run: a }] }
          test: { runs-on: linux, steps: [{ run: a }] }
        """;

    [Fact]
    public async Task What_one_job_uploads_another_job_of_the_run_downloads_and_no_job_of_another_run()
    {
        await using var world = await JobWorld.StartAsync();
        var build = await JobClient.StartAsync(world, TwoJobs);
        var test = await JobClient.TakeAsync(world, build.Run);
        var stranger = await JobClient.StartAsync(world);
        var uploaded = await build.UploadArtifactAsync(new CreateArtifactRequest("program"), "bytes"u8.ToArray());
        Assert.Equal(("program", "binary", "application/zip", 5, 1), (uploaded.Name, uploaded.ArtifactType, uploaded.ContentType, uploaded.SizeBytes, uploaded.RunAttempt));

        var found = Assert.Single(await ListAsync(test, "?name=program"));
        Assert.Equal(uploaded, found);
        Assert.Equal("bytes", await test.Http.GetStringAsync($"{ArtifactProtocol.Path}/{found.Id}/content"));
        Assert.Empty(await ListAsync(test, "?name=Program"));
        Assert.Empty(await ListAsync(stranger));
        Assert.Equal("not_found", await Problem.CodeAsync(await stranger.Http.GetAsync($"{ArtifactProtocol.Path}/{found.Id}/content"), HttpStatusCode.NotFound));
        Assert.Equal("not_found", await Problem.CodeAsync(await stranger.Http.DeleteAsync($"{ArtifactProtocol.Path}/{found.Id}"), HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_name_is_the_first_ones_that_commits()
    {
        await using var world = await JobWorld.StartAsync();
        var build = await JobClient.StartAsync(world, TwoJobs);
        var test = await JobClient.TakeAsync(world, build.Run);
        var (one, two) = (await JobClient.IdAsync(await build.BeginArtifactAsync(new("a"))), await JobClient.IdAsync(await test.BeginArtifactAsync(new("a"))));
        var answers = await Task.WhenAll(build.TryUploadAsync(ArtifactProtocol.Path, one, [1]), test.TryUploadAsync(ArtifactProtocol.Path, two, [2, 3]));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal("artifact_exists", await Problem.CodeAsync(answers.Single(answer => answer.StatusCode != HttpStatusCode.OK), HttpStatusCode.Conflict));
        Assert.Equal("artifact_exists", await Problem.CodeAsync(await build.BeginArtifactAsync(new("a")), HttpStatusCode.Conflict));
        Assert.Single(await ListAsync(build));
        Assert.Equal(["committed", "deleted"], await world.QueryAsync<string>("select state from blobs order by state"));
    }

    [Fact]
    public async Task Who_overwrites_replaces_at_the_commit_and_not_before()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var old = await job.UploadArtifactAsync(new CreateArtifactRequest("a"), "old"u8.ToArray());
        var id = await JobClient.IdAsync(await job.BeginArtifactAsync(new CreateArtifactRequest("a", Overwrite: true)));
        Assert.Equal(old.Id, Assert.Single(await ListAsync(job)).Id);
        await job.TryUploadAsync(ArtifactProtocol.Path, id, "new"u8.ToArray());
        Assert.Equal(id, Assert.Single(await ListAsync(job)).Id);
        Assert.Equal("not_found", await Problem.CodeAsync(await job.Http.GetAsync($"{ArtifactProtocol.Path}/{old.Id}/content"), HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Of_two_that_overwrite_at_once_one_is_left()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var ids = new List<long>();
        for (var n = 0; n < 4; n++)
            ids.Add(await JobClient.IdAsync(await job.BeginArtifactAsync(new CreateArtifactRequest("a", Overwrite: true))));
        var answers = await Task.WhenAll(ids.Select(id => job.TryUploadAsync(ArtifactProtocol.Path, id, [1])));
        Assert.All(answers, answer => Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.NotFound, $"{answer.StatusCode}"));
        Assert.Single(await ListAsync(job));
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from blobs where state = 'committed'"));
    }

    [Fact]
    public async Task A_later_attempt_uses_a_name_again_and_its_artifact_is_the_one_that_counts()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        await job.UploadArtifactAsync(new CreateArtifactRequest("kept"), [1]);
        await job.UploadArtifactAsync(new CreateArtifactRequest("again"), [1]);

        // The same job, as if it ran in the next attempt.
        await world.ScalarAsync<object>(
            """
            with next as (
                insert into actions_run_attempts (run_id, attempt, requested_by, why, status, open_nodes, created_at)
                select run_id, 2, requested_by, 'again', 'queued', 1, created_at from actions_run_attempts returning id)
            update actions_jobs set attempt_id = next.id from next
            """);
        var second = await job.UploadArtifactAsync(new CreateArtifactRequest("again"), [2]);
        Assert.Equal(2, second.RunAttempt);
        Assert.Equal(["again 2", "kept 1"], (await ListAsync(job)).Select(artifact => $"{artifact.Name} {artifact.RunAttempt}"));
    }

    [Theory]
    [InlineData("logs and reports (1).zip", true)]
    [InlineData("ünïcode", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a:b", false)]
    [InlineData("a\"b", false)]
    [InlineData("a<b", false)]
    [InlineData("a>b", false)]
    [InlineData("a|b", false)]
    [InlineData("a*b", false)]
    [InlineData("a?b", false)]
    [InlineData("a\rb", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    [InlineData("..", false)]
    public void Names_are_as_on_GitHub(string name, bool isValid) => Assert.Equal(isValid, ArtifactRules.Check(new CreateArtifactRequest(name)).Count == 0);

    [Fact]
    public async Task A_name_may_be_as_long_as_the_limit_and_all_mistakes_are_told()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var longest = new string('n', ArtifactProtocol.MaxNameLength);
        Assert.Equal(HttpStatusCode.Created, (await job.BeginArtifactAsync(new CreateArtifactRequest(longest))).StatusCode);
        var refused = await job.BeginArtifactAsync(new CreateArtifactRequest(longest + "n", "wood", "zip", 0));
        Assert.Equal("invalid", await Problem.CodeAsync(refused, HttpStatusCode.BadRequest));
        var text = await refused.Content.ReadAsStringAsync();
        Assert.All((string[])["name", "artifact_type", "content_type", "retention_days"], field => Assert.Contains($"\"{field}\"", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ArtifactProtocol.MaxPerJob, "pending")]
    [InlineData(ArtifactProtocol.MaxPerRun, "available")]
    public async Task Beyond_the_limit_of_a_job_or_a_run_no_artifact_is_begun(int limit, string state)
    {
        await using var world = await JobWorld.StartAsync();
        var build = await JobClient.StartAsync(world, TwoJobs);
        var test = await JobClient.TakeAsync(world, build.Run);
        var last = await JobClient.IdAsync(await build.BeginArtifactAsync(new CreateArtifactRequest("first")));

        // Pending ones count for the job that begins them, available ones for the whole run.
        await world.ScalarAsync<object>(
            """
            with filled as (
                insert into blobs (id, state, backend, storage_path, size_bytes, sha256, created_at, committed_at)
                select gen_random_uuid(), 'committed', 'folder', '', 0, '', now(), now() from generate_series(2, @Limit) returning id)
            insert into actions_artifacts (repository_id, run_id, attempt_id, job_execution_id, name, content_type, overwrite, state, blob_id, size_bytes, sha256, created_at, expires_at)
            select a.repository_id, a.run_id, a.attempt_id, a.job_execution_id, f.id::text, '', false, @State, f.id, 0, '', now(), now() + interval '1 day' from actions_artifacts a, filled f
            """,
            new { Limit = limit, State = state });
        var other = await test.BeginArtifactAsync(new CreateArtifactRequest("other"));
        var refused = await build.BeginArtifactAsync(new CreateArtifactRequest("more"));
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
        Assert.Equal("artifact_limit_reached", await Problem.CodeAsync(refused, HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.OK, (await build.TryUploadAsync(ArtifactProtocol.Path, last, [1])).StatusCode);
        if (state == "available")
            Assert.Equal("artifact_limit_reached", await Problem.CodeAsync(await test.BeginArtifactAsync(new CreateArtifactRequest("more")), HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task An_artifact_is_kept_as_long_as_asked_and_never_longer_than_the_server_keeps_any()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(options => options with { TimeProvider = clock });
        var job = await JobClient.StartAsync(world);
        var brief = await job.UploadArtifactAsync(new CreateArtifactRequest("brief", RetentionDays: 3), [1]);
        var usual = await job.UploadArtifactAsync(new CreateArtifactRequest("usual"), [2]);
        var greedy = await job.UploadArtifactAsync(new CreateArtifactRequest("greedy", RetentionDays: 1000), [3]);
        var pending = await JobClient.IdAsync(await job.BeginArtifactAsync(new CreateArtifactRequest("pending")));
        Assert.Equal([3, 90, 90], new[] { brief, usual, greedy }.Select(artifact => (artifact.ExpiresAt - artifact.CreatedAt).TotalDays));

        clock.Advance(TimeSpan.FromDays(3));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Server.Get<ArtifactSweeper>().RunOnceAsync(default)));
        await world.Server.Get<BlobSweeper>().RunOnceAsync(default);
        var (_, _, admin) = await world.Server.SignedInAsync(isAdmin: true);
        Assert.Equal("artifact_expired", await Problem.CodeAsync(await admin.GetAsync($"/v1/artifacts/{brief.Id}/download"), HttpStatusCode.Gone));
        Assert.Equal([2], await admin.GetByteArrayAsync($"/v1/artifacts/{usual.Id}/download"));
        var shown = (await admin.GetFromJsonAsync($"/v1/repos/acme/tools/runs/{job.Run.Id.Value}/artifacts", JobClient.Json.ArtifactPage))!.Items;
        Assert.Equal([("brief", true), ("usual", false), ("greedy", false)], shown.Select(artifact => (artifact.Name, artifact.Expired)));
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from actions_artifacts where id = @Id", new { Id = pending }));

        clock.Advance(TimeSpan.FromDays(87));
        await world.Server.Get<ArtifactSweeper>().RunOnceAsync(default);
        clock.Advance(BlobSweeper.DeletedGrace + TimeSpan.FromSeconds(1));
        await world.Server.Get<BlobSweeper>().RunOnceAsync(default);
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from blobs"));
    }

    [Fact]
    public async Task Who_reads_the_repository_lists_and_downloads_and_who_writes_deletes()
    {
        await using var world = await JobWorld.StartAsync();
        var job = await JobClient.StartAsync(world);
        var zip = await job.UploadArtifactAsync(new CreateArtifactRequest("report", "test-report"), [1, 2, 3]);
        var plain = await job.UploadArtifactAsync(new CreateArtifactRequest("notes.txt", ContentType: "text/plain"), "text"u8.ToArray());
        var (reporterId, _, reporter) = await world.Server.SignedInAsync();
        var (developerId, _, developer) = await world.Server.SignedInAsync();
        var (_, _, stranger) = await world.Server.SignedInAsync();
        await world.Seeds.RepositoryMemberAsync(world.Repository.Value, reporterId.Value, "reporter");
        await world.Seeds.RepositoryMemberAsync(world.Repository.Value, developerId.Value, "developer");

        var listed = (await reporter.GetFromJsonAsync($"/v1/repos/acme/tools/runs/{job.Run.Id.Value}/artifacts", JobClient.Json.ArtifactPage))!.Items;
        Assert.Equal(["report", "notes.txt"], listed.Select(artifact => artifact.Name));
        var download = await reporter.GetAsync(listed[0].DownloadUrl);
        Assert.Equal([1, 2, 3], await download.Content.ReadAsByteArrayAsync());
        Assert.Equal(("application/zip", "report.zip"), (download.Content.Headers.ContentType!.MediaType, download.Content.Headers.ContentDisposition!.FileName));
        Assert.Equal("notes.txt", (await reporter.GetAsync(listed[1].DownloadUrl)).Content.Headers.ContentDisposition!.FileName);
        var metadata = (await reporter.GetFromJsonAsync($"/v1/artifacts/{zip.Id}/metadata", JobClient.Json.ArtifactMetadataResponse))!;
        Assert.Equal((job.Message.JobId, "test-report", "folder", $"sha256:{zip.Sha256}"), (metadata.JobId, metadata.ArtifactType, metadata.StorageBackend, metadata.Checksum));

        Assert.Equal("not_found", await Problem.CodeAsync(await stranger.GetAsync($"/v1/artifacts/{zip.Id}/download"), HttpStatusCode.NotFound));
        Assert.Equal("forbidden", await Problem.CodeAsync(await reporter.DeleteAsync($"/v1/repos/acme/tools/artifacts/{zip.Id}"), HttpStatusCode.Forbidden));
        Assert.Equal(HttpStatusCode.NoContent, (await developer.DeleteAsync($"/v1/repos/acme/tools/artifacts/{zip.Id}")).StatusCode);
        Assert.Equal("not_found", await Problem.CodeAsync(await reporter.GetAsync($"/v1/artifacts/{zip.Id}/download"), HttpStatusCode.NotFound));
        Assert.Equal("report", Assert.Single(await world.QueryAsync<string>("select target from audit_events where action = 'artifact.delete'")));
        Assert.Equal(HttpStatusCode.NoContent, (await job.Http.DeleteAsync($"{ArtifactProtocol.Path}/{plain.Id}")).StatusCode);
        Assert.Empty(await ListAsync(job));
        Assert.Equal("not_found", await Problem.CodeAsync(await developer.GetAsync("/v1/repos/acme/tools/runs/999/artifacts"), HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_runs_page_lists_its_artifacts_with_links_and_says_which_are_gone()
    {
        await using var world = await JobWorld.StartAsync();
        await world.ScalarAsync<object>("update repositories set visibility = 'public'");
        var job = await JobClient.StartAsync(world);
        var here = await job.UploadArtifactAsync(new CreateArtifactRequest("here & there"), new byte[2048]);
        var gone = await job.UploadArtifactAsync(new CreateArtifactRequest("gone"), [1]);
        await JobClient.IdAsync(await job.BeginArtifactAsync(new CreateArtifactRequest("unfinished")));
        await world.ScalarAsync<object>("update actions_artifacts set state = 'expired', blob_id = null where id = @Id", new { gone.Id });

        var page = await world.Server.Anonymous().GetStringAsync($"/acme/tools/runs/{job.Run.Id.Value}");
        var link = $"/v1/repos/acme/tools/artifacts/{here.Id}/download";
        Assert.Contains($"href=\"{link}\"", page, StringComparison.Ordinal);
        Assert.Contains("here &amp; there", page, StringComparison.Ordinal);
        Assert.Contains("2.0 KiB, kept until", page, StringComparison.Ordinal);
        Assert.Contains("1 byte, not kept any longer", page, StringComparison.Ordinal);
        Assert.DoesNotContain("unfinished", page, StringComparison.Ordinal);
        Assert.Equal(2048, (await world.Server.Anonymous().GetByteArrayAsync(link)).Length);
    }

    [Theory]
    [InlineData(RunPageQueries.SelectArtifacts)]
    [InlineData(ArtifactStore.FindPlaceSql)]
    [InlineData(ArtifactQueries.OfRunByName)]
    [InlineData(ArtifactQueries.OfRun)]
    [InlineData(ArtifactQueries.ById)]
    [InlineData(ArtifactSweeper.Expire)]
    [InlineData(ArtifactSweeper.Forget)]
    public async Task No_statement_scans_a_table(string sql)
    {
        await using var database = await ServerDatabase.CreateAsync();
        (string, object)[] all =
        [
            ("Execution", 1L), ("Name", "a"), ("Run", 1L), ("Repository", 1L), ("After", 0L), ("Limit", 10), ("Id", 1L), ("Now", FakeClock.DefaultStart), ("Before", FakeClock.DefaultStart), ("BatchSize", 10),
        ];
        var plan = await QueryPlan.OfAsync(database.ConnectionString, sql, [.. all.Where(parameter => sql.Contains($"@{parameter.Item1}", StringComparison.Ordinal))]);
        Assert.DoesNotContain("Seq Scan on actions_", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on blobs", plan, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<JobArtifactResponse>> ListAsync(JobClient job, string query = "") =>
        (await job.Http.GetFromJsonAsync(ArtifactProtocol.Path + query, JobClient.Json.JobArtifactListResponse))!.Artifacts;
}
