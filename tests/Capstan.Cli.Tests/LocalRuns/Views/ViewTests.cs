using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Capstan.Cli.LocalRuns.Views;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;
using Capstan.Testing;
using Capstan.Workflows;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns.Views;

public sealed class ViewTests
{
    private static readonly RunTag Run = new(1, "CI", ".github/workflows/ci.yml", "push", "main@0123456");

    private readonly MemoryStream output = new();
    private readonly FakeClock clock = new();
    private readonly Terminal terminal;

    public ViewTests() => terminal = new Terminal(output, output, interactive: false, colour: false);

    [Fact]
    public void A_plain_log_has_every_line_under_its_step_and_says_in_the_end_what_did_not_run_and_why()
    {
        using var view = new PlainView(terminal, clock);

        Play(view);

        Assert.Equal(
            """
            CI  .github/workflows/ci.yml  push  main@0123456
            ● test
              ● Compile
                compiled
              ✓ Compile  1.5s
              ● Test
                1 of 2 wrong
                  at src/a.cs:3
              ✗ Test  1.5s
            ✗ test  3.0s
            - deploy  was skipped: success() => false
            ✗ CI failed in 3.0s  1 failed, 1 skipped
              failed test › Test  ci.yml:12
                │ 1 of 2 wrong
                error src/a.cs:3 wrong
              skipped deploy: success() => false
            To go on:
              capstan run --job test --matrix os:linux

            """,
            Text());
    }

    [Fact]
    public void Summaries_and_artifacts_stand_at_the_end_for_people_and_are_events_for_programs()
    {
        var job = Job("test");
        void Play(IRunView view)
        {
            view.RunStarted(Run);
            view.JobStarted(Run, job);
            view.Summarized(Run, job, 1, "# Tests\n\n2 of 2\u001b[31m\n");
            view.Summarized(Run, job, 2, string.Concat(Enumerable.Range(1, 200).Select(n => $"line {n}\n")));
            view.JobCompleted(Run, job, new JobOutcome(Conclusion.Success));
            view.ArtifactsKept(Run, ["/kept/ci/program.zip"]);
            view.RunCompleted(Run, Conclusion.Success, TimeSpan.FromSeconds(3));
        }

        using (var plain = new PlainView(terminal, clock)) Play(plain);
        Assert.Contains("\nsummary of test\n  # Tests\n  \n  2 of 2\uFFFD[31m\n  \n  line 1\n", Text(), StringComparison.Ordinal);
        Assert.EndsWith(
            "\n  line 96\n  104 more lines\nartifact /kept/ci/program.zip\n✓ CI succeeded in 3.0s  1 succeeded, 1 summary above\n", Text(), StringComparison.Ordinal);

        output.SetLength(0);
        using (var json = new JsonView(terminal, clock)) Play(json);
        var events = Text().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["run_started", "job_started", "summary", "summary", "job_completed", "artifact", "run_completed"], events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal((1, "# Tests\n\n2 of 2\u001b[31m\n"), (events[2].GetProperty("step").GetInt32(), events[2].GetProperty("text").GetString()));
        Assert.Equal("/kept/ci/program.zip", events[5].GetProperty("file").GetString());
    }

    [Fact]
    public void A_failed_run_ends_with_what_fits_a_window_of_24_rows_whatever_was_printed()
    {
        var screen = new Terminal(output, output, interactive: true, colour: false);
        using var view = new LiveView(screen, clock);
        var job = Job("test");
        view.RunStarted(Run);
        view.JobStarted(Run, job);
        view.StepPlaced(Run, job, 1, new StepPlace("ci.yml", 7));
        view.StepChanged(Run, job, Step(1, "Test", Status.InProgress));
        foreach (var number in Enumerable.Range(1, 300))
        {
            view.Log(Run, job, 1, Encoding.UTF8.GetBytes($"line {number} {new string('x', 200)}"));
            if (number <= 8) view.Annotated(Run, job, new Annotation(number, 1, "failure", new string('y', 300), Title: null, "src/a.cs", number, null, null, null));
        }

        view.Annotated(Run, job, new Annotation(9, 1, "failure", "Process completed with exit code 3.", Title: null, File: null, null, null, null, null));
        view.StepChanged(Run, job, Step(1, "Test", Status.Completed) with { Conclusion = Conclusion.Failure, Outcome = Conclusion.Failure });
        view.JobCompleted(Run, job, new JobOutcome(Conclusion.Failure));
        foreach (var number in Enumerable.Range(1, 9)) view.JobCompleted(Run, Job($"later-{number}"), new JobOutcome(Conclusion.Skipped, "it needs test, which failed"));
        view.RunCompleted(Run, Conclusion.Failure, TimeSpan.FromSeconds(3));

        var text = Screen();
        var report = text[text.IndexOf("✗ CI failed", StringComparison.Ordinal)..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(report.Length, 10, 22);
        Assert.All(report, line => Assert.InRange(line.Length, 1, 119));
        Assert.Equal("  failed test › Test  ci.yml:7", report[1]);
        Assert.Equal("    Process completed with exit code 3.", report[2]);
        Assert.Contains(report, line => line.StartsWith("    │ line 300 xx", StringComparison.Ordinal));
        Assert.Contains("    3 more annotations above", report);
        Assert.Contains("  4 more did not run", report);
        Assert.Equal(["To go on:", "  capstan run --job test"], report[^2..]);
    }

    [Fact]
    public void The_last_lines_of_a_failed_step_name_files_of_the_workspace_without_its_path_and_leave_blank_and_repeated_lines_out()
    {
        using var view = new PlainView(terminal, clock);
        var job = Job("test");
        view.RunStarted(Run);
        view.JobStarted(Run, job);
        view.StepChanged(Run, job, Step(1, "Test", Status.InProgress));
        foreach (var line in (string[])["/kept/work/site/src/a.cs(3,1): error", "/kept/work/site/src/a.cs(3,1): error", "", "\t", "/kept/work/other"]) view.Log(Run, job, 1, Encoding.UTF8.GetBytes(line));
        view.StepChanged(Run, job, Step(1, "Test", Status.Completed) with { Conclusion = Conclusion.Failure, Outcome = Conclusion.Failure });
        view.JobKept(Run, job, "Test", "/kept/work/site");
        view.JobCompleted(Run, job, new JobOutcome(Conclusion.Failure));
        view.RunCompleted(Run, Conclusion.Failure, TimeSpan.FromSeconds(3));

        Assert.Contains("  failed test › Test\n    │ src/a.cs(3,1): error\n    │ /kept/work/other\nTo go on:\n  capstan run --job test --from-step Test\n", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_lines_of_two_jobs_do_not_mix_in_a_plain_log()
    {
        using var view = new PlainView(terminal, clock);
        var (first, second) = (Job("first"), Job("second"));
        view.RunStarted(Run);
        view.JobStarted(Run, first);
        view.JobStarted(Run, second);
        foreach (var number in Enumerable.Range(1, 3))
        {
            view.Log(Run, second, 1, Encoding.UTF8.GetBytes($"second {number}"));
            view.Log(Run, first, 1, Encoding.UTF8.GetBytes($"first {number}"));
        }

        view.JobCompleted(Run, second, new JobOutcome(Conclusion.Success));
        view.JobCompleted(Run, first, new JobOutcome(Conclusion.Success));

        var words = Text().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l.Trim().Split("  ")[0]);
        Assert.Equal(["● first", "first 1", "first 2", "first 3", "✓ first", "● second", "second 1", "second 2", "second 3", "✓ second"], words);
    }

    [Fact]
    public void In_a_plain_log_the_lines_of_steps_that_run_at_the_same_time_have_their_names()
    {
        using var view = new PlainView(terminal, clock);
        var job = Job("test");
        view.RunStarted(Run);
        view.JobStarted(Run, job);
        view.StepChanged(Run, job, Step(1, "Server", Status.InProgress));
        Log(1, "alone");
        view.StepChanged(Run, job, Step(2, "Tests with a name that nobody wants to read", Status.InProgress));
        Log(2, "asking");
        Log(1, "answering");
        view.StepChanged(Run, job, Step(1, "Server", Status.Completed) with { Conclusion = Conclusion.Success });
        Log(2, "asked");
        view.StepChanged(Run, job, Step(2, "Tests with a name that nobody wants to read", Status.Completed) with { Conclusion = Conclusion.Success });
        view.StepChanged(Run, job, Step(3, "Pack", Status.InProgress));
        Log(3, "packing");

        Assert.EndsWith(
            """
              ● Server
                alone
              ● Tests with a name that nobody wants to read
                [Tests with a name that nobody w…] asking
                [Server] answering
              ✓ Server  0.0s
                [Tests with a name that nobody w…] asked
              ✓ Tests with a name that nobody wants to read  0.0s
              ● Pack
                packing

            """,
            Text(),
            StringComparison.Ordinal);

        void Log(int step, string line)
        {
            view.Log(Run, job, step, Encoding.UTF8.GetBytes(line));
            view.LogPaused();
        }
    }

    [Fact]
    public void A_terminal_keeps_the_whole_output_of_what_failed_and_counts_the_lines_of_what_passed()
    {
        using var view = new LiveView(terminal, clock);

        Play(view);

        Assert.Equal(
            """
            CI  .github/workflows/ci.yml  push  main@0123456
            ✗ test  3.0s
              ✓ Compile  1.5s  1 line
              ✗ Test  1.5s
                1 of 2 wrong
                error src/a.cs:3 wrong
            - deploy  was skipped: success() => false
            ✗ CI failed in 3.0s  1 failed, 1 skipped
              failed test › Test  ci.yml:12
                │ 1 of 2 wrong
                error src/a.cs:3 wrong
              skipped deploy: success() => false
            To go on:
              capstan run --job test --matrix os:linux

            """,
            Screen());
    }

    [Fact]
    public void A_terminal_shows_the_running_steps_last_lines_and_takes_them_back()
    {
        using var view = new LiveView(terminal, clock);
        var job = Job("test");
        view.RunStarted(Run);
        view.JobStarted(Run, job);
        view.StepChanged(Run, job, Step(1, "Compile", Status.InProgress));
        foreach (var number in Enumerable.Range(1, 5))
        {
            view.Log(Run, job, 1, Encoding.UTF8.GetBytes($"\u001b[31mline {number}\u001b[0m"));
        }

        clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.EndsWith("● test  0.1s\n  ● Compile  0.1s\n    line 3\n    line 4\n    line 5\n", Screen(), StringComparison.Ordinal);
        view.JobCompleted(Run, job, new JobOutcome(Conclusion.Success));
        view.Dispose();
        Assert.EndsWith("main@0123456\n✓ test  0.1s\n  ● Compile  0.1s  5 lines\n", Screen(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_shows_called_jobs_below_their_callers_and_all_steps_that_run_at_once()
    {
        using var view = new LiveView(terminal, clock);
        var call = Job("call") with { Uses = "./called.yml" };
        var (other, inner) = (Job("other"), Job("call/inner") with { Caller = call, Uses = "./inner.yml" });
        var one = Job("call/inner/one") with { Caller = inner };
        view.RunStarted(Run);
        foreach (var job in (LocalJob[])[call, other, inner, one]) view.JobStarted(Run, job);
        view.StepChanged(Run, one, Step(1, "Server", Status.InProgress));
        view.Log(Run, one, 1, "listening"u8);
        view.StepChanged(Run, one, Step(2, "Tests", Status.InProgress));
        view.Log(Run, one, 2, "asking"u8);

        clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.EndsWith(
            """
            ● call  0.1s  calls ./called.yml
              ● call/inner  0.1s  calls ./inner.yml
                ● call/inner/one  0.1s
                  ● Server  0.1s
                    listening
                  ● Tests  0.1s
                    asking
            ● other  0.1s

            """,
            Screen(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_object_a_line_with_the_fields_of_the_contract()
    {
        using var view = new JsonView(terminal, clock);
        view.WorkflowInvalid("bad.yml", [new Diagnostic("bad.yml", new Place(3, 5), Severity.Error, "unknown-key", "no")]);
        view.NotTriggered("Other", "it is not on push");

        Play(view);

        var events = Text().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(
            [
                "workflow_invalid", "not_triggered", "run_started", "job_queued", "job_started", "step_started", "log", "step_completed", "step_started", "log",
                "annotation", "step_completed", "job_completed", "job_completed", "run_completed",
            ],
            events.Select(e => e.GetProperty("type").GetString()));
        Assert.All(events.Skip(2), e => Assert.Equal(1, e.GetProperty("run_id").GetInt64()));
        Assert.All(events, e => Assert.Equal(TimeSpan.Zero, e.GetProperty("t").GetDateTimeOffset().Offset));
        Assert.Equal("""[{"line":3,"col":5,"code":"unknown-key","message":"no"}]""", events[0].GetProperty("errors").GetRawText());
        Assert.Equal("compiled", events[6].GetProperty("text").GetString());
        Assert.Equal("failure", events[11].GetProperty("outcome").GetString());
        Assert.Equal("""{"os":"linux"}""", events[12].GetProperty("matrix").GetRawText());
        Assert.Equal("""{"version":"1"}""", events[12].GetProperty("outputs").GetRawText());
        Assert.Equal("success() => false", events[13].GetProperty("why").GetString());
        Assert.Equal(3000, events[14].GetProperty("duration_ms").GetDouble());
    }

    [Fact]
    public void A_line_that_is_no_utf8_is_still_json()
    {
        using var view = new JsonView(terminal, clock);

        view.Log(Run, Job("test"), 1, [0x61, 0xFF, 0x62]);
        view.LogPaused();

        Assert.Equal("a\uFFFDb", JsonDocument.Parse(Text()).RootElement.GetProperty("text").GetString());
    }

    /// <summary>One job with a step that passes and one that fails, and one job that is skipped for it.</summary>
    private void Play(IRunView view)
    {
        var (test, deploy) = (Job("test", new ObjectValue([new("os", Value.Of("linux"))])), Job("deploy"));
        view.RunStarted(Run);
        view.JobQueued(Run, test);
        view.JobStarted(Run, test);
        Play(view, test, 1, "Compile", Conclusion.Success, "compiled");
        Play(view, test, 2, "Test", Conclusion.Failure, "1 of 2 wrong");
        view.JobCompleted(Run, test, new JobOutcome(Conclusion.Failure) { Outputs = new Dictionary<string, string> { ["version"] = "1" } });
        view.JobCompleted(Run, deploy, new JobOutcome(Conclusion.Skipped, "success() => false"));
        view.RunCompleted(Run, Conclusion.Failure, TimeSpan.FromSeconds(3));
    }

    private void Play(IRunView view, LocalJob job, int number, string name, Conclusion conclusion, string line)
    {
        var begun = Step(number, name, Status.InProgress);
        view.StepPlaced(Run, job, number, new StepPlace("ci.yml", 10 + number));
        view.StepChanged(Run, job, begun);
        view.Log(Run, job, number, Encoding.UTF8.GetBytes(line));
        if (conclusion == Conclusion.Failure)
        {
            view.Annotated(Run, job, new Annotation(1, number, "failure", "wrong", Title: null, "src/a.cs", 3, null, null, null));
        }

        clock.Advance(TimeSpan.FromSeconds(1.5));
        view.StepChanged(Run, job, begun with { Status = Status.Completed, Conclusion = conclusion, Outcome = conclusion, CompletedAt = clock.GetUtcNow() });
    }

    private StepReport Step(int number, string name, Status status) =>
        new(number, name, status, Conclusion: null, Outcome: null, clock.GetUtcNow(), CompletedAt: null);

    private static LocalJob Job(string key, ObjectValue? matrix = null) => new(key, 0, key, matrix, ObjectValue.Empty, ["ubuntu-latest"]);

    /// <summary>What a terminal shows in the end: moving up some lines and erasing below takes them back.</summary>
    private string Screen()
    {
        var lines = new List<string>();
        foreach (var part in Text().Split('\n'))
        {
            var up = Regex.Match(part, "^\u001b\\[([0-9]+)A\r\u001b\\[J", RegexOptions.None, TimeSpan.FromSeconds(1));
            if (up.Success)
            {
                var taken = int.Parse(up.Groups[1].Value);
                lines.RemoveRange(lines.Count - taken, taken);
            }

            lines.Add(part[up.Length..]);
        }

        return string.Join('\n', lines);
    }

    private string Text() => Encoding.UTF8.GetString(output.ToArray());
}
