using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Tests.Runners;
using Capstan.Testing;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LogEndpointsTests
{
    [Fact]
    public async Task A_runner_appends_by_offset_and_is_told_what_fits()
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        var stored = await AppendAsync(runner, rows, 1, 0, "one\n");
        Assert.Equal(4, (await stored.Content.ReadFromJsonAsync(ContractsJson.Default.LogAppendResponse))!.NextOffset);
        var gap = await AppendAsync(runner, rows, 1, 9, "three\n");
        Assert.Equal(ErrorCodes.LogOffsetMismatch, await Problem.CodeAsync(gap, HttpStatusCode.Conflict));
        Assert.Equal(4, (await gap.Content.ReadFromJsonAsync(ContractsJson.Default.LogAppendResponse))!.NextOffset);
        Assert.Equal(ErrorCodes.ExecutionLost, await Problem.CodeAsync(await AppendAsync(runner, rows, 1, 4, "late\n", token: 6), HttpStatusCode.Conflict));
        Assert.Equal(ErrorCodes.Invalid, await Problem.CodeAsync(await AppendAsync(runner, rows, 10_001, 0, "x"), HttpStatusCode.BadRequest));
        Assert.Equal(ErrorCodes.Invalid, await Problem.CodeAsync(await AppendAsync(runner, rows, 1, -1, "x"), HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData(Protocol.MaxLogChunkBytes, true)]
    [InlineData(Protocol.MaxLogChunkBytes + 1, false)]
    public async Task The_largest_body_is_taken_and_a_larger_one_is_not_read(int size, bool fits)
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        foreach (var isChunked in new[] { false, true })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Path(rows, 1, 0)) { Content = new ByteArrayContent(new byte[size]) };
            request.Headers.Add(Protocol.FencingTokenHeader, "7");
            request.Headers.TransferEncodingChunked = isChunked;
            var answer = await runner.SendAsync(request);
            if (fits)
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            else
                Assert.Equal(ErrorCodes.BodyTooLarge, await Problem.CodeAsync(answer, HttpStatusCode.RequestEntityTooLarge));
        }
    }

    [Fact]
    public async Task Nobody_but_a_runner_appends_and_only_with_a_fencing_token()
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        Assert.Equal(HttpStatusCode.Forbidden, (await AppendAsync(admin.Speaking(), rows, 1, 0, "x")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AppendAsync(server.Anonymous().Speaking(), rows, 1, 0, "x")).StatusCode);
        Assert.Equal(ErrorCodes.Invalid, await Problem.CodeAsync(await runner.PostAsync(Path(rows, 1, 0), new StringContent("x")), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Lines_are_read_from_the_front_from_the_middle_and_from_the_end()
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        await AppendAsync(runner, rows, 1, 0, "one\ntwo\nthree\nfour\n");
        using var reader = server.Anonymous();
        Assert.Equal("1: one two three four of 4", await LinesAsync("?stream=1"));
        Assert.Equal("2: two three of 4", await LinesAsync("?stream=1&from_line=2&lines=2"));
        Assert.Equal("3: three four of 4", await LinesAsync("?stream=1&from_line=-2"));
        Assert.Equal("1: one two three four of 4", await LinesAsync("?stream=1&from_line=-100"));
        Assert.Equal("1:  of 0", await LinesAsync("?stream=2"));
        Assert.Equal("one\ntwo\nthree\nfour\n", await reader.GetStringAsync(Job(rows) + "/logs/text"));
        Assert.Equal(HttpStatusCode.BadRequest, (await reader.GetAsync(Job(rows) + "/logs?lines=0")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync($"/v1/repos/{rows.Owner}/web/jobs/999/logs")).StatusCode);

        async Task<string> LinesAsync(string query)
        {
            var read = (await reader.GetFromJsonAsync(Job(rows) + "/logs" + query, ContractsJson.Default.LogLinesResponse))!;
            return $"{read.FromLine}: {string.Join(' ', read.Lines)} of {read.TotalLines}";
        }
    }

    [Fact]
    public async Task A_private_repositorys_logs_are_not_there_for_others_and_not_under_another_repository()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database, 1, "private");
        var other = await ExecutionRows.InsertAsync(server.Database, 2);
        var (_, _, stranger) = await server.SignedInAsync();
        foreach (var path in new[] { "/logs", "/logs/text", "/log-events" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(Job(rows) + path)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/repos/{other.Owner}/web/jobs/{rows.Job.Value}{path}")).StatusCode);
        }
    }

    [Fact]
    public async Task A_viewer_sees_lines_as_they_come_and_the_end()
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        await AppendAsync(runner, rows, 0, 0, "job\n");
        await using var viewer = await Viewer.OpenAsync(server, rows);
        Assert.Equal("0/1: job", await viewer.NextAsync());
        await AppendAsync(runner, rows, 1, 0, "one\ntw");
        Assert.Equal("1/1: one", await viewer.NextAsync());
        await AppendAsync(runner, rows, 1, 6, "o\nlast");
        Assert.Equal("1/2: two", await viewer.NextAsync());
        await rows.EndAsync(server.Database);
        Assert.Equal("1/3: last", await viewer.NextAsync());
        Assert.Equal("end success", await viewer.NextAsync());
        Assert.Null(await viewer.NextAsync());
    }

    [Fact]
    public async Task A_viewer_that_comes_back_goes_on_after_the_last_event_it_saw()
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        await AppendAsync(runner, rows, 0, 0, "job\n");
        await AppendAsync(runner, rows, 1, 0, "one\n");
        string lastId;
        await using (var first = await Viewer.OpenAsync(server, rows))
        {
            await first.NextAsync();
            Assert.Equal("1/1: one", await first.NextAsync());
            lastId = first.LastId!;
        }

        await AppendAsync(runner, rows, 1, 4, "two\n");
        await rows.EndAsync(server.Database);
        await server.Get<Capstan.Server.Logs.LogArchiver>().RunOnceAsync(default);
        await using var again = await Viewer.OpenAsync(server, rows, lastId);
        Assert.Equal("1/2: two", await again.NextAsync());
        Assert.Equal("end success", await again.NextAsync());
    }

    [Fact]
    public async Task A_server_that_stops_does_not_wait_for_viewers()
    {
        var server = await TestServer.StartAsync(options => options with { ShutdownLimit = TimeSpan.FromMinutes(1) });
        var (rows, runner) = await WithRunnerAsync(server);
        await AppendAsync(runner, rows, 0, 0, "job\n");
        await using var viewer = await Viewer.OpenAsync(server, rows);
        await viewer.NextAsync();
        await server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_viewer_is_sent_away_after_a_while_to_be_asked_anew_who_it_is()
    {
        var clock = new FakeClock();
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var (rows, runner) = await WithRunnerAsync(server);
        await AppendAsync(runner, rows, 0, 0, "job\n");
        await using var viewer = await Viewer.OpenAsync(server, rows);
        Assert.Equal("0/1: job", await viewer.NextAsync());
        clock.Advance(EventStreams.LongestLife);
        Assert.Null(await viewer.NextAsync());
    }

    [Fact]
    public async Task An_address_has_a_limited_number_of_viewers()
    {
        await using var server = await TestServer.StartAsync();
        var (rows, runner) = await WithRunnerAsync(server);
        await AppendAsync(runner, rows, 0, 0, "job\n");
        var viewers = new List<Viewer>();
        for (var i = 0; i < EventStreams.MaxPerAddress; i++)
            viewers.Add(await Viewer.OpenAsync(server, rows));
        using var client = server.Anonymous();
        Assert.Equal("too_many_requests", await Problem.CodeAsync(await client.GetAsync(Job(rows) + "/log-events"), HttpStatusCode.TooManyRequests));
        foreach (var viewer in viewers)
            await viewer.DisposeAsync();
        await Eventually.TrueAsync(async () =>
        {
            using var again = await client.GetAsync(Job(rows) + "/log-events", HttpCompletionOption.ResponseHeadersRead);
            return again.IsSuccessStatusCode;
        });
    }

    private static string Job(ExecutionRows rows) => $"/v1/repos/{rows.Owner}/web/jobs/{rows.Job.Value}";

    private static string Path(ExecutionRows rows, int stream, long offset) => $"/v1/executions/{rows.Execution.Value}/logs/{stream}?offset={offset}";

    private static async Task<HttpResponseMessage> AppendAsync(HttpClient runner, ExecutionRows rows, int stream, long offset, string text, long token = 7)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path(rows, stream, offset)) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };
        request.Headers.Add(Protocol.FencingTokenHeader, token.ToString());
        return await runner.SendAsync(request);
    }

    /// <summary>The runner of the rows, with a credential that it can sign in with.</summary>
    private static async Task<(ExecutionRows Rows, HttpClient Runner)> WithRunnerAsync(TestServer server)
    {
        var rows = await ExecutionRows.InsertAsync(server.Database);
        var credential = OpaqueToken.Create(OpaqueToken.RunnerPrefix);
        await using var connection = await server.Database.OpenAsync();
        await connection.ExecuteAsync("update actions_runners set credential_hash = @Hash where id = @Id", new { credential.Hash, Id = rows.Runner.Value });
        return (rows, server.WithBearer(credential.Text).Speaking());
    }

    /// <summary>Reads log events as a browser does.</summary>
    private sealed class Viewer : IAsyncDisposable
    {
        private readonly HttpClient client;
        private readonly Stream stream;
        private readonly IAsyncEnumerator<SseItem<string>> items;

        private Viewer(HttpClient client, Stream stream)
        {
            this.client = client;
            this.stream = stream;
            items = SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();
        }

        public string? LastId { get; private set; }

        public static async Task<Viewer> OpenAsync(TestServer server, ExecutionRows rows, string? lastEventId = null)
        {
            var client = server.Anonymous();
            if (lastEventId is not null)
                client.DefaultRequestHeaders.Add("Last-Event-ID", lastEventId);
            return new Viewer(client, await client.GetStreamAsync(Job(rows) + "/log-events"));
        }

        public async Task<string?> NextAsync()
        {
            if (!await items.MoveNextAsync().AsTask().WaitAsync(Eventually.DefaultLimit))
                return null;
            LastId = items.Current.EventId;
            if (items.Current.EventType == "end")
                return "end " + JsonSerializer.Deserialize(items.Current.Data, ContractsJson.Default.LogEndEvent)!.Conclusion.Name();
            var lines = JsonSerializer.Deserialize(items.Current.Data, ContractsJson.Default.LogLinesEvent)!;
            return $"{lines.Stream}/{lines.FromLine}: {string.Join('|', lines.Lines)}";
        }

        public async ValueTask DisposeAsync()
        {
            await items.DisposeAsync();
            await stream.DisposeAsync();
            client.Dispose();
        }
    }
}
