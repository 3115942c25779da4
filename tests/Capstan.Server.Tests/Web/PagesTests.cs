using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Capstan.Server.Logs;
using Capstan.Server.Tests.Logs;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Web;

public sealed partial class PagesTests
{
    [Fact]
    public async Task The_first_page_shows_what_the_visitor_may_see()
    {
        await using var server = await TestServer.StartAsync();
        var open = await ExecutionRows.InsertAsync(server.Database, 1);
        var closed = await ExecutionRows.InsertAsync(server.Database, 2, "private");
        var page = await PageAsync(server, "/");
        Assert.Contains($"/{open.Owner}/web/runs/{open.Run.Value}", page, StringComparison.Ordinal);
        Assert.DoesNotContain(closed.Owner, page, StringComparison.Ordinal);
        using var visitor = await SignInAsync(server, closed);
        Assert.Contains($"/{closed.Owner}/web/runs/{closed.Run.Value}", await visitor.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repositorys_runs_are_paged_from_the_newest()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await AddRunsAsync(server, rows, 40);
        var first = await PageAsync(server, $"/{rows.Owner}/web/runs");
        Assert.Equal(30, RunLink().Count(first));
        var older = OlderLink().Match(first).Groups[1].Value;
        Assert.Equal(11, RunLink().Count(await PageAsync(server, older)));
        Assert.Contains($"/runs/{rows.Run.Value}\"", await PageAsync(server, older), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_runs_page_shows_jobs_steps_reasons_and_the_end_of_the_log_without_any_script()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await DescribeAsync(server, rows);
        var page = WebUtility.HtmlDecode(await PageAsync(server, $"/{rows.Owner}/web/runs/{rows.Run.Value}"));
        foreach (var text in new[] { "Fix it", "CI #1", "In progress", "deploy", "after build", "Waits for build.", "Compile", "Failure", "Set up", "A <b>bold</b> line", "Error: it broke", "on runner1" })
            Assert.Contains(text, page, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_that_ran_beside_others_stand_in_groups_which_say_how()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await using (var connection = await server.Database.OpenAsync())
        {
            await connection.ExecuteAsync(
                """
                insert into actions_steps (job_execution_id, number, name, status, conclusion, completed_at, parallel_group, background)
                select @Execution, n, 'S' || n, 'completed', 'success', '2026-01-01Z', p, b
                  from (values (1, null, false), (2, '1', false), (3, '1', false), (4, '2', false), (5, null, true), (6, null, true), (7, null, false), (8, null, true)) s (n, p, b)
                """,
                new { Execution = rows.Execution.Value });
        }

        using var page = await new HtmlParser().ParseDocumentAsync(await PageAsync(server, $"/{rows.Owner}/web/runs/{rows.Run.Value}"));

        Assert.Equal(
            ["S1", "parallel > S2", "> S3", "parallel > S4", "background > S5", "> S6", "S7", "background > S8"],
            page.QuerySelectorAll("#steps > li").Select(item =>
                $"{item.QuerySelector(".group")?.TextContent} {(item.ClassName == "grouped" ? ">" : "")} {item.QuerySelector(".name")!.TextContent}".TrimStart().Replace("  ", " ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_jobs_environment_is_shown_with_its_address()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await using (var connection = await server.Database.OpenAsync())
            await connection.ExecuteAsync("update actions_jobs set environment = 'live & well', environment_key = 'LIVE & WELL', environment_url = 'https://example.org/?a=1&b=\"'");
        var page = await PageAsync(server, $"/{rows.Owner}/web/runs/{rows.Run.Value}");
        Assert.Contains("<span>environment live &amp; well</span>", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"https://example.org/?a=1&amp;b=&quot;\" rel=\"noopener noreferrer\">", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_that_somebody_wrote_becomes_markup()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await DescribeAsync(server, rows);
        await using (var connection = await server.Database.OpenAsync())
            await connection.ExecuteAsync("update actions_workflow_runs set title = '<script>alert(1)</script>', reason = '\"><img src=x>', ref = 'refs/heads/<i>'");
        foreach (var path in new[] { "/", $"/{rows.Owner}/web/runs", $"/{rows.Owner}/web/runs/{rows.Run.Value}" })
        {
            var page = await PageAsync(server, path);
            Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<i>", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<b>bold", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_refusal_is_a_page_for_people_and_a_problem_for_programs()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        foreach (var path in new[] { "/no/such/page/at/all", $"/{rows.Owner}/web/runs/{long.MaxValue}" })
        {
            using var person = server.Anonymous();
            person.DefaultRequestHeaders.Add("Accept", "text/html,application/xhtml+xml");
            using var page = await person.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
            Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
            Assert.Contains("<h1>Not Found</h1>", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal("not_found", await Problem.CodeAsync(await server.Anonymous().GetAsync(path), HttpStatusCode.NotFound));
        }
    }

    [Fact]
    public async Task A_page_has_no_inline_script_or_style_and_its_policy_allows_none()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await DescribeAsync(server, rows);
        foreach (var path in new[] { "/", "/login", $"/{rows.Owner}/web/runs", $"/{rows.Owner}/web/runs/{rows.Run.Value}" })
        {
            using var answer = await server.Anonymous().GetAsync(path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            var page = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotMatch(InlineCode(), page);
            Assert.Contains("<html lang=\"en\">", page, StringComparison.Ordinal);
            Assert.Contains("<main id=\"content\"", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_invalid_workflows_run_lists_all_its_mistakes_with_their_places()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        await using (var connection = await server.Database.OpenAsync())
        {
            await connection.ExecuteAsync(
                """
                update actions_workflow_versions set is_valid = false, diagnostics =
                    '[{"file": "ci.yml", "line": 3, "col": 5, "severity": "error", "code": "x", "message": "Unknown key <jobz>."}, {"file": "ci.yml", "line": 9, "col": 1, "severity": "warning", "code": "y", "message": "Not yet honoured."}]';
                delete from actions_job_executions; delete from actions_jobs;
                update actions_workflow_runs set status = 'completed', conclusion = 'startup_failure', completed_at = '2026-01-02Z'
                """);
        }

        var page = WebUtility.HtmlDecode(await PageAsync(server, $"/{rows.Owner}/web/runs/{rows.Run.Value}"));
        foreach (var text in new[] { "Invalid workflow", "ci.yml:3:5", "Unknown key <jobz>.", "ci.yml:9:1", "Warning" })
            Assert.Contains(text, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_runs_page_sends_a_stranger_to_sign_in_and_tells_another_user_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database, 1, "private");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{rows.Owner}/web/runs/{rows.Run.Value}");
        request.Headers.Accept.ParseAdd("text/html");
        var answer = await server.Anonymous().SendAsync(request);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.StartsWith("/login?return_to=", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var (_, _, other) = await server.SignedInAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/{rows.Owner}/web/runs/{rows.Run.Value}")).StatusCode);
    }

    [Fact]
    public async Task A_run_is_found_under_its_own_repository_only()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database, 1);
        var other = await ExecutionRows.InsertAsync(server.Database, 2);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"/{other.Owner}/web/runs/{rows.Run.Value}")).StatusCode);
    }

    /// <summary>Two jobs, steps, annotations and a log with colours, marks and markup.</summary>
    internal static async Task DescribeAsync(TestServer server, ExecutionRows rows)
    {
        await using (var connection = await server.Database.OpenAsync())
        {
            await connection.ExecuteAsync(
                """
                insert into actions_jobs (run_id, attempt_id, job_key, name, status, reason, created_at)
                select run_id, attempt_id, 'deploy', 'deploy', 'pending', 'Waits for build.', created_at from actions_jobs where id = @Job;
                insert into actions_job_nodes (attempt_id, job_key, place, needs, dependants, open_needs, phase)
                select attempt_id, 'build', array[0], array[]::text[], array['deploy'], 0, 'running' from actions_jobs where id = @Job
                union all select attempt_id, 'deploy', array[1], array['build'], array[]::text[], 1, 'waiting' from actions_jobs where id = @Job;
                insert into actions_steps (job_execution_id, number, name, status, conclusion, outcome, started_at, completed_at) values
                    (@Execution, 1, 'Set up', 'completed', 'success', 'success', '2026-01-01Z', '2026-01-01 00:00:02Z'),
                    (@Execution, 2, 'Compile', 'completed', 'failure', 'failure', '2026-01-01Z', '2026-01-01 00:01:05Z');
                insert into actions_annotations (job_execution_id, number, step, level, message, file, line) values (@Execution, 1, 2, 'failure', 'it broke', 'src/main.c', 7)
                """,
                new { Job = rows.Job.Value, Execution = rows.Execution.Value });
        }

        const string log = "2026-01-01T00:00:00.0000000Z ##[group]Run make\n2026-01-01T00:00:00.1000000Z make\n2026-01-01T00:00:00.2000000Z ##[endgroup]\n"
            + "2026-01-01T00:00:01.0000000Z A <b>bold</b> line with \u001b[32mgreen\u001b[0m and \u001b[1;38;5;208morange\u001b[0m\n2026-01-01T00:00:02.0000000Z ##[error]it broke\n";
        Assert.IsType<AppendResult.Stored>(await server.Get<LogStreams>().AppendAsync(
            new AppendTarget(rows.Execution, rows.Runner, rows.FencingToken, 2, 0), System.Text.Encoding.UTF8.GetBytes(log), default));
    }

    private static async Task AddRunsAsync(TestServer server, ExecutionRows rows, int count)
    {
        await using var connection = await server.Database.OpenAsync();
        await connection.ExecuteAsync(
            """
            with events as (
                insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at)
                select repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at
                  from trigger_events, generate_series(1, @Count) returning id
            )
            insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id,
                                               trust, status, created_at, started_at, updated_at)
            select repository_id, workflow_id, workflow_version_id, 1 + row_number() over (), title, event, events.id, head_repository_id, ref, head_sha, actor_id,
                   trust, status, created_at, started_at, updated_at
              from actions_workflow_runs r, events where r.id = @Run
            """,
            new { Run = rows.Run.Value, Count = count });
    }

    private static async Task<string> PageAsync(TestServer server, string path)
    {
        using var answer = await server.Anonymous().GetAsync(WebUtility.HtmlDecode(path));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, page + string.Join('\n', server.Log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal))));
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        return page;
    }

    /// <summary>A visitor with a token of the owner of the rows' organization.</summary>
    private static async Task<HttpClient> SignInAsync(TestServer server, ExecutionRows rows)
    {
        var (id, _, client) = await server.SignedInAsync();
        await using var connection = await server.Database.OpenAsync();
        await connection.ExecuteAsync(
            "insert into organization_members (organization_id, user_id, role, joined_at) select organization_id, @User, 'developer', '2026-01-01Z' from repositories where id = @Repository",
            new { User = id.Value, Repository = rows.Repository.Value });
        return client;
    }

    [GeneratedRegex("<a href=\"/[^\"]+/runs/\\d+\"", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex RunLink();

    [GeneratedRegex("href=\"([^\"]+before=\\d+)\"", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex OlderLink();

    [GeneratedRegex("<script(?![^>]+src=)|<style|\\sstyle=|\\son[a-z]+=|javascript:", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 5000)]
    private static partial Regex InlineCode();
}
