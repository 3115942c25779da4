using System.Text.Json;
using Capstan.Contracts;
using Capstan.Runner.Files;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

public sealed class JobRunnerTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task A_script_runs_in_the_workspace_and_its_output_is_the_steps_log()
    {
        var result = await job.RunStepsAsync("- run: pwd; echo hello");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains(job.Workspace, job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("hello", job.LogOf(1), StringComparison.Ordinal);
        Assert.Equal(Conclusion.Success, Assert.Single(result.Steps).Conclusion);
    }

    [Fact]
    public async Task A_step_without_a_name_is_called_by_what_it_runs_with_its_own_env()
    {
        var result = await job.RunStepsAsync("- env: { WHO: world }\n  run: echo hello ${{ env.WHO }}");

        Assert.Equal("Run echo hello world", Assert.Single(result.Steps).Name);
    }

    [Fact]
    public async Task A_reference_to_an_action_with_a_zero_character_in_it_keeps_the_job_from_starting()
    {
        var result = await job.RunStepsAsync("- run: echo before\n- uses: \"./a\\0b\"");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("is not executed yet", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("before", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_given_to_a_checkout_is_masked_also_as_git_keeps_it()
    {
        var header = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("x-access-token:of-somebody-else"));
        await job.RunStepsAsync($"- uses: actions/checkout@v4\n  with: {{ token: of-somebody-else }}\n- run: echo {header} of-somebody-else end");

        Assert.Contains("\n*** *** end", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_step_fails_the_job_and_later_steps_are_skipped_with_the_reason()
    {
        var result = await job.RunStepsAsync(
            """
            - run: exit 3
            - run: echo never
            - if: failure()
              run: echo rescue
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal([Conclusion.Failure, Conclusion.Skipped, Conclusion.Success], result.Steps.Select(s => s.Conclusion!.Value));
        Assert.Contains("success()", result.Steps[1].Why, StringComparison.Ordinal);
        Assert.Contains("Process completed with exit code 3.", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains(result.Annotations, a => a is { Step: 1, Level: "failure", Message: "Process completed with exit code 3." });
    }

    [Fact]
    public async Task Continue_on_error_keeps_the_outcome_and_forgives_the_conclusion()
    {
        var result = await job.RunStepsAsync(
            """
            - id: a
              run: "false"
              continue-on-error: true
            - run: echo "${{ steps.a.outcome }}-${{ steps.a.conclusion }}"
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains("\nfailure-success", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_is_built_from_workflow_job_GITHUB_ENV_and_step_and_the_later_wins()
    {
        var result = await job.RunAsync(
            """
            on: push
            env: { A: workflow, B: workflow, C: workflow, D: workflow }
            jobs:
              build:
                runs-on: ubuntu-latest
                env: { B: job, C: job, D: job }
                steps:
                  - run: |
                      echo "C=file" >> "$GITHUB_ENV"
                      echo "D=file" >> "$GITHUB_ENV"
                  - env: { D: step }
                    run: echo "$A $B $C $D ${{ env.D }}"
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains("\nworkflow job file step step", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CI_is_the_one_default_variable_that_a_workflow_may_change()
    {
        await job.RunStepsAsync("- env: { CI: false, GITHUB_ACTOR: eve }\n  run: echo \"$CI $GITHUB_ACTOR\"\n- run: echo CI=file >> $GITHUB_ENV\n- run: echo \"$CI\"");

        Assert.EndsWith("\nfalse ann", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nfile", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_NUL_in_a_path_fails_the_step_that_has_it()
    {
        var result = await job.RunStepsAsync("- working-directory: ${{ fromJSON('\"a\\u0000b\"') }}\n  run: echo never\n- if: always()\n  run: echo after");

        Assert.Equal([Conclusion.Failure, Conclusion.Success], result.Steps.Select(s => s.Conclusion!.Value));
    }

    [Fact]
    public async Task Nothing_of_this_processs_environment_reaches_a_step_but_the_list()
    {
        Environment.SetEnvironmentVariable("CAPSTAN_TEST_PRIVATE", "private");
        await job.RunStepsAsync("- run: env");

        Assert.DoesNotContain("CAPSTAN_TEST_PRIVATE", job.Log, StringComparison.Ordinal);
        Assert.Contains("\nCI=true", job.Log, StringComparison.Ordinal);
        Assert.Contains("\nGITHUB_REPOSITORY=acme/app", job.Log, StringComparison.Ordinal);
        Assert.Contains("\nRUNNER_OS=Linux", job.Log, StringComparison.Ordinal);
        Assert.Contains($"\nGITHUB_WORKSPACE={job.Workspace}", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("\nGITHUB_TOKEN", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outputs_state_path_and_summary_are_taken_from_their_files()
    {
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                outputs:
                  all: ${{ steps.a.outputs.lines }}
                  one: ${{ steps.a.outputs.ONE }}
                steps:
                  - id: a
                    run: |
                      printf 'one=1\r\nlines<<EOF\nx=1\ny\nEOF\n' >> "$GITHUB_OUTPUT"
                      mkdir -p bin; printf '#!/bin/sh\necho tool-was-found\n' > bin/my-tool; chmod +x bin/my-tool
                      echo "$PWD/bin" >> "$GITHUB_PATH"
                      echo "# Title" >> "$GITHUB_STEP_SUMMARY"
                  - run: my-tool
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal("x=1\ny", result.Outputs["all"]);
        Assert.Equal("1", result.Outputs["one"]);
        Assert.Contains("\ntool-was-found", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal((1, "# Title\n"), Assert.Single(job.Summaries));
    }

    [Fact]
    public async Task A_job_output_that_holds_a_secret_is_left_out_with_a_warning()
    {
        job.Secrets["PASSWORD"] = "hunter22";
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                outputs: { bad: "x-${{ secrets.PASSWORD }}", good: fine }
                steps:
                  - run: echo "the password is ${{ secrets.PASSWORD }}"
            """);

        Assert.Equal(["good"], result.Outputs.Keys);
        Assert.Contains("\nthe password is ***", job.LogOf(1), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter22", job.Log, StringComparison.Ordinal);
        Assert.Contains(result.Annotations, a => a.Level == "warning" && a.Message.Contains("bad", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Defaults_of_job_and_workflow_give_shell_and_folder()
    {
        job.Write("sub/keep", "");
        var result = await job.RunAsync(
            """
            on: push
            defaults: { run: { shell: sh, working-directory: sub } }
            jobs:
              build:
                runs-on: ubuntu-latest
                defaults: { run: { shell: bash } }
                steps:
                  - run: echo "$(basename "$PWD") ${BASH_VERSION:+bash}"
                  - { run: 'basename "$PWD"', working-directory: "." }
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains("\nsub bash", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("bash --noprofile --norc -e -o pipefail {0}", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("\nrepo", job.LogOf(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "false | true; echo reached", true)]
    [InlineData("bash", "false | true; echo reached", false)]
    [InlineData("sh", "false | true; echo reached", true)]
    [InlineData("bash {0}", "false; echo reached", true)]
    [InlineData("", "false; echo reached", false)]
    [InlineData("sh -e -x {0}", "echo reached", true)]
    public async Task A_shell_has_the_flags_that_GitHub_gives_it(string shell, string script, bool reached)
    {
        var result = await job.RunStepsAsync(
            $"""
            - run: |
                {script}
              shell: '{shell}'
            """.Replace("  shell: ''", "", StringComparison.Ordinal));

        Assert.Equal(reached, job.Log.EndsWith("\nreached", StringComparison.Ordinal));
        Assert.Equal(reached ? Conclusion.Success : Conclusion.Failure, result.Conclusion);
    }

    [Fact]
    public async Task Python_runs_and_scripts_with_CRLF_do_too()
    {
        var result = await job.RunAsync("on: push\njobs:\n  b:\n    runs-on: x\n    steps:\n      - run: |\n          import os\n          print('py' + os.environ['CI'])\n        shell: python\n      - run: \"if true; then\\r\\necho crlf\\r\\nfi\\r\\n\"\n");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains("\npytrue", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\ncrlf", job.LogOf(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shell: nonsense", "Invalid shell option")]
    [InlineData("working-directory: missing", "No such file or directory")]
    [InlineData("shell: no-such-program {0}", "no-such-program: command not found")]
    [InlineData("timeout-minutes: ${{ fromJSON('x') }}", "test.yml (Line: 7")]
    [InlineData("env: { A: \"${{ fromJSON('x') }}\" }", "test.yml (Line: 7")]
    public async Task A_mistake_in_a_step_fails_it_with_a_message(string key, string message)
    {
        var result = await job.RunStepsAsync(
            $"""
            - run: echo not-reached
              {key}
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(message, job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("\nnot-reached", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exit_by_signal_is_128_plus_its_number()
    {
        await job.RunStepsAsync("- run: kill -KILL $$");

        Assert.Contains("exit code 137", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_executed_yet_fails_the_job_before_its_first_step_with_the_place()
    {
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                container: debian
                steps:
                  - run: touch ran
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Empty(result.Steps);
        Assert.Contains(".github/workflows/test.yml (Line: 5, Col: 5)", job.LogOf(0), StringComparison.Ordinal);
        Assert.Contains("container", result.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task An_action_of_another_repository_is_refused_before_the_first_step_with_the_place()
    {
        var result = await job.RunStepsAsync(
            """
            - run: touch ran
            - uses: actions/setup-node@v4
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("(Line: 7, Col:", job.LogOf(1), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task HashFiles_hashes_what_its_patterns_match()
    {
        job.Write("a/x.lock", "one");
        job.Write("b/y.lock", "two");
        job.Write("b/z.txt", "three");
        await job.RunStepsAsync("- run: echo \"<${{ hashFiles('**/*.lock', '!b/**') }}> <${{ hashFiles('nothing') }}>\"");

        // SHA-256 over the SHA-256 of 'one'.
        var one = System.Security.Cryptography.SHA256.HashData(System.Security.Cryptography.SHA256.HashData("one"u8));
        Assert.EndsWith($"\n<{Convert.ToHexStringLower(one)}> <>", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_temporary_folder_is_gone_after_the_job_and_was_there_before()
    {
        var result = await job.RunStepsAsync("- run: test -d \"$RUNNER_TEMP\" && test -s \"$GITHUB_EVENT_PATH\" && touch \"$RUNNER_TEMP/x\"");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.False(Directory.Exists(job.Settings.Temp));
    }

    [Fact]
    public async Task Steps_find_the_whole_event_in_its_file()
    {
        const string Event = """{"text":"\u0000\u001f\"\\\u2028é\ud83d\ude00","large":9007199254740991,"small":0.000001,"none":null,"list":[{},[],true]}""";
        job.Contexts = """{"github":{"event":EVENT}}""".Replace("EVENT", Event, StringComparison.Ordinal);

        await job.RunStepsAsync("- run: cp \"$GITHUB_EVENT_PATH\" kept.json");

        using var expected = JsonDocument.Parse(Event);
        using var kept = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(job.Workspace, "kept.json")));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, kept.RootElement), kept.RootElement.GetRawText());
    }

    [Theory]
    [InlineData("rm -rf \"$RUNNER_TEMP\"")]
    [InlineData("rm -rf \"$RUNNER_TEMP\"/*")]
    public async Task A_step_may_empty_the_temporary_folder_and_later_ones_have_theirs(string removal)
    {
        var result = await job.RunStepsAsync(
            $$$"""
            - run: {{{removal}}}
            - id: next
              run: test -s "$GITHUB_EVENT_PATH" && echo a=1 >> "$GITHUB_OUTPUT"
            - run: test ${{ steps.next.outputs.a }} = 1
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
    }

    [Fact]
    public async Task Names_that_are_no_UTF8_are_removed_and_not_hashed()
    {
        var result = await job.RunStepsAsync(
            """
            - run: |
                for folder in "$RUNNER_TEMP" .; do
                  mkdir -p "$folder"/$'in\xfe/inner'; echo x > "$folder"/$'in\xfe/b\xffad'; echo x > "$folder"/$'b\xffad'; mkdir -p "$folder/closed/inner"; chmod 500 "$folder/closed"
                done
            - run: test "${{ hashFiles('**') }}" = ""
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.False(Directory.Exists(job.Settings.Temp), job.Log);
        Assert.Null(FolderRemoval.Remove(job.Workspace));
    }

    [Fact]
    public async Task A_temporary_folder_with_read_only_parts_goes_and_what_its_links_point_to_stays()
    {
        var result = await job.RunStepsAsync("- run: mkdir -p kept \"$RUNNER_TEMP/a/b\"; touch kept/x \"$RUNNER_TEMP/a/b/y\"; ln -s $PWD/kept \"$RUNNER_TEMP/a/link\"; chmod 500 \"$RUNNER_TEMP/a/b\" kept");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.False(Directory.Exists(job.Settings.Temp));
        Assert.True(File.Exists(Path.Combine(job.Workspace, "kept/x")));
        File.SetUnixFileMode(Path.Combine(job.Workspace, "kept"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_workspace_that_cannot_be_made_fails_the_job_with_the_systems_message()
    {
        job.Settings = job.Settings with { Workspace = "/proc/capstan/cannot/be" };

        var result = await job.RunStepsAsync("- run: echo never");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.NotNull(result.Reason);
        Assert.Empty(result.Steps);
    }
}
