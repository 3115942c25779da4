using System.IO.Compression;
using System.Text;
using Capstan.Contracts;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Artifacts;

/// <summary>The built-in actions in real jobs, with the artifacts of the run in a folder.</summary>
public sealed class ArtifactActionsTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task What_is_uploaded_comes_back()
    {
        var result = await job.RunStepsAsync(
            """
            - run: mkdir -p dist/deep dist/empty && echo one > dist/a.txt && echo two > dist/deep/b.txt && chmod +x dist/a.txt
            - uses: actions/upload-artifact@v4
              id: up
              with: { name: program, path: dist }
            - uses: actions/download-artifact@v4
              id: down
              with: { name: program, path: back }
            - run: |
                test "$(cat back/a.txt back/deep/b.txt)" = $'one\ntwo'
                test ! -x back/a.txt && test ! -e back/empty
                test "${{ steps.down.outputs.download-path }}" = "$PWD/back"
                echo "${{ steps.up.outputs.artifact-id }} ${{ steps.up.outputs.artifact-digest }} ${{ steps.up.outputs.artifact-url }}"
            """);

        Good(result);
        var file = Assert.Single(job.Artifacts.Files);
        Assert.Equal("program.zip", Path.GetFileName(file));
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(file)));
        Assert.Contains($"1 {digest} file://{file}", job.Log, StringComparison.Ordinal);
        Assert.Contains("With the provided path, there will be 2 files uploaded", job.Log, StringComparison.Ordinal);
        Assert.Contains("Artifact program has been successfully uploaded! Final size is ", job.Log, StringComparison.Ordinal);
        Assert.Contains("Total of 1 artifact(s) downloaded", job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dist/a.txt", "a.txt")]
    [InlineData("dist/*.txt", "a.txt")]
    [InlineData("dist", "a.txt deep/b.txt")]
    [InlineData("dist/**/b.txt", "deep/b.txt")]
    [InlineData("dist/a.txt\ndist/deep", "a.txt deep/b.txt")]
    [InlineData("dist/deep\nother/c.txt", "dist/deep/b.txt other/c.txt")]
    [InlineData("dist\n!dist/deep/**", "a.txt")]
    public async Task Paths_in_an_artifact_begin_at_what_its_lines_have_in_common(string path, string names)
    {
        foreach (var file in (string[])["dist/a.txt", "dist/deep/b.txt", "other/c.txt"]) job.Write(file, file);

        Good(await job.RunStepsAsync($"- uses: actions/upload-artifact@v4\n  with:\n    path: |\n      {path.Replace("\n", "\n      ", StringComparison.Ordinal)}"));

        Assert.Equal(names, string.Join(' ', Names("artifact")));
    }

    [Fact]
    public async Task Names_keep_their_letters_and_links_become_what_they_lead_to()
    {
        job.Write("d/größe 文件.txt", "x");
        File.CreateSymbolicLink(Path.Combine(job.Workspace, "d", "link"), "größe 文件.txt");
        File.SetLastWriteTimeUtc(Path.Combine(job.Workspace, "d", "größe 文件.txt"), DateTime.UnixEpoch);

        Good(await job.RunStepsAsync("- uses: actions/upload-artifact@v4\n  with: { path: d, compression-level: 9 }"));

        Assert.Equal(["größe 文件.txt", "link"], Names("artifact"));
        using var zip = ZipFile.OpenRead(FileOf("artifact"));
        Assert.All(zip.Entries, entry => Assert.Equal(("x", 0b1_000_000_110_100_100 << 16), (Text(entry), entry.ExternalAttributes)));
    }

    [Theory]
    [InlineData("", "success", "##[warning]No files were found with the provided path: none. No artifacts will be uploaded.")]
    [InlineData("if-no-files-found: error", "failure", "##[error]No files were found with the provided path: none. No artifacts will be uploaded.")]
    [InlineData("if-no-files-found: ignore", "success", "No files were found with the provided path: none. No artifacts will be uploaded.")]
    [InlineData("if-no-files-found: whatever", "failure", "##[error]Unrecognized if-no-files-found input.")]
    [InlineData("name: 'a:b'\n    path: here", "failure", "##[error]The artifact name is not valid: a:b. Contains the following character: Colon :")]
    [InlineData("compression-level: 10", "failure", "##[error]Invalid compression-level: '10'.")]
    [InlineData("overwrite: maybe", "failure", "##[error]Input does not meet YAML 1.2")]
    [InlineData("archive: false\n    path: '*'", "failure", "##[error]An artifact without an archive is one file, and the provided path has 2")]
    [InlineData("retention-days: 5\n    path: 'odd*'", "failure", "##[error]The path for one of the files in artifact is not valid: odd:name. Contains the following character: Colon :")]
    public async Task What_is_wrong_with_an_upload_is_said(string with, string conclusion, string message)
    {
        job.Write("here", "x");
        job.Write("odd:name", "x");
        var path = with.Contains("path:", StringComparison.Ordinal) ? "" : "\n    path: none";

        var result = await job.RunStepsAsync($"- uses: actions/upload-artifact@v4\n  with:\n    {with}{path}");

        Assert.Equal(conclusion, result.Conclusion.Name());
        Assert.Contains("\n" + message, job.Log, StringComparison.Ordinal);
        Assert.Empty(job.Artifacts.Files);
    }

    [Fact]
    public async Task What_has_no_name_in_UTF8_is_left_out_with_a_warning_and_the_rest_is_uploaded()
    {
        var result = await job.RunStepsAsync(
            """
            - run: mkdir d && echo x > d/a && echo y > $'d/b\xffad' && mkdir $'d/in\xfe' && echo z > $'d/in\xfe/it' && echo > $'d/other\xff.log'
            - uses: actions/upload-artifact@v4
              with:
                path: |
                  d
                  !d/*.log
            - run: rm -r d
            """);

        Good(result);
        Assert.Equal(["a"], Names("artifact"));
        Assert.Equal(["b\uFFFDad", "in\uFFFD"], result.Annotations.Select(annotation => annotation.Message.Split(" is left out")[0].Split('/')[^1]));
    }

    [Fact]
    public async Task A_name_is_taken_until_somebody_says_to_overwrite()
    {
        job.Write("a", "1");
        job.Write("b", "2");

        var result = await job.RunStepsAsync(
            """
            - uses: actions/upload-artifact@v4
              with: { path: a }
            - uses: actions/upload-artifact@v4
              id: second
              continue-on-error: true
              with: { path: b }
            - run: test ${{ steps.second.outcome }} = failure
            - uses: actions/upload-artifact@v4
              with: { path: b, overwrite: true }
            """);

        Good(result);
        Assert.Contains("an artifact with this name already exists on the workflow run: artifact", job.Log, StringComparison.Ordinal);
        Assert.Equal(["b"], Names("artifact"));
    }

    [Fact]
    public async Task One_file_can_be_uploaded_as_it_is()
    {
        job.Write("report.html", "<p>");

        Good(await job.RunStepsAsync(
            """
            - uses: actions/upload-artifact@v7
              with: { name: ignored, path: report.html, archive: false }
            - uses: actions/download-artifact@v8
              with: { name: report.html, path: back }
            - run: test "$(cat back/report.html)" = "<p>"
            """));

        Assert.Equal("<p>", await File.ReadAllTextAsync(Assert.Single(job.Artifacts.Files)));
    }

    [Fact]
    public async Task Hidden_files_come_along_when_asked_for()
    {
        job.Write("d/.env", "x");
        job.Write("d/a", "x");

        Good(await job.RunStepsAsync(
            """
            - uses: actions/upload-artifact@v4
              with: { name: plain, path: d }
            - uses: actions/upload-artifact@v4
              with: { name: all, path: d, include-hidden-files: true }
            """));

        Assert.Equal(["a"], Names("plain"));
        Assert.Equal([".env", "a"], Names("all"));
    }

    [Theory]
    [InlineData("", "a/f b-1/f b-2/f")]
    [InlineData("pattern: b-*", "b-1/f b-2/f")]
    [InlineData("pattern: nothing*", "")]
    [InlineData("pattern: 'b-*'\n    merge-multiple: true", "f")]
    [InlineData("artifact-ids: 1", "f")]
    [InlineData("artifact-ids: 1, 3", "a/f b-2/f")]
    [InlineData("name: a", "f")]
    public async Task Downloads_choose_and_give_each_its_folder(string with, string files)
    {
        job.Write("f", "x");
        var uploads = string.Concat(((string[])["a", "b-1", "b-2"]).Select(name => $"- uses: actions/upload-artifact@v4\n  with: {{ name: {name}, path: f }}\n"));

        Good(await job.RunStepsAsync($"{uploads}- uses: actions/download-artifact@v4\n  with:\n    path: back\n    {with}"));

        var back = Path.Combine(job.Workspace, "back");
        var found = Directory.Exists(back) ? Directory.GetFiles(back, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : Enumerable.Empty<string>();
        Assert.Equal(files, string.Join(' ', found.Select(file => Path.GetRelativePath(back, file))));
    }

    [Theory]
    [InlineData("name: gone", "##[error]Unable to download artifact(s): Artifact not found for name: gone")]
    [InlineData("artifact-ids: 77", "##[error]Unable to download artifact(s): the run has no artifact with the ID 77")]
    [InlineData("artifact-ids: x", "##[error]Invalid artifact ID: 'x'. Must be a number.")]
    [InlineData("name: a\n    artifact-ids: 1", "##[error]Inputs 'name' and 'artifact-ids' cannot be used together. Please specify only one.")]
    [InlineData("name: a\n    github-token: t\n    run-id: 77", "##[error]Unable to download artifact(s): without a server there are only the artifacts of the run itself")]
    public async Task What_is_wrong_with_a_download_is_said(string with, string message)
    {
        Assert.Equal(Conclusion.Failure, (await job.RunStepsAsync($"- uses: actions/download-artifact@v4\n  with:\n    {with}")).Conclusion);
        Assert.Contains("\n" + message, job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../evil")]
    [InlineData("/tmp/evil-of-capstan")]
    [InlineData("..\\..\\evil")]
    [InlineData("good/../../evil")]
    public async Task An_archive_that_means_to_write_elsewhere_is_refused(string name)
    {
        Replace("x", zip => zip.CreateEntry(name).Open().Dispose());

        var result = await job.RunStepsAsync("- run: echo x > f\n- uses: actions/upload-artifact@v4\n  with: { name: x, path: f }\n- run: cp ../../../x.zip ../../../artifacts/x.zip\n"
            + "- uses: actions/download-artifact@v4\n  with: { name: x, path: deep/er, digest-mismatch: ignore }");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains($"##[error]Malformed extraction path: '{name}'", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(job.Workspace, "*", SearchOption.AllDirectories), file => file.EndsWith("evil", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "failure", "##[error]")]
    [InlineData(", digest-mismatch: warn", "success", "##[warning]")]
    [InlineData(", digest-mismatch: info", "success", "")]
    public async Task Bytes_that_are_not_those_that_were_uploaded_are_noticed(string with, string conclusion, string mark)
    {
        Replace("x", zip => zip.CreateEntry("other").Open().Dispose());

        var result = await job.RunStepsAsync("- run: echo x > f\n- uses: actions/upload-artifact@v4\n  with: { name: x, path: f }\n- run: cp ../../../x.zip ../../../artifacts/x.zip\n"
            + $"- uses: actions/download-artifact@v5\n  with: {{ name: x, path: back{with} }}");

        Assert.Equal(conclusion, result.Conclusion.Name());
        Assert.Contains($"\n{mark}Artifact 'x' digest validation failed.", job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "f", "a.zip b.zip merged-artifacts.zip")]
    [InlineData("separate-directories: true", "a/f b/f", "a.zip b.zip merged-artifacts.zip")]
    [InlineData("name: all\n    pattern: 'a*'\n    delete-merged: true", "f", "all.zip b.zip")]
    public async Task Several_artifacts_become_one(string with, string names, string files)
    {
        job.Write("f", "x");

        Good(await job.RunStepsAsync(
            "- uses: actions/upload-artifact@v4\n  with: { name: a, path: f }\n- uses: actions/upload-artifact@v4\n  with: { name: b, path: f }\n"
            + $"- uses: actions/upload-artifact/merge@v4\n  id: merge\n  with:\n    compression-level: 1\n    {with}\n- run: test \"${{{{ steps.merge.outputs.artifact-id }}}}\" = 3"));

        Assert.Equal(files, string.Join(' ', job.Artifacts.Files.Select(Path.GetFileName)));
        Assert.Equal(names, string.Join(' ', Names(with.Contains("name: all", StringComparison.Ordinal) ? "all" : "merged-artifacts")));
    }

    [Fact]
    public async Task A_download_does_not_write_through_a_link()
    {
        Good(await job.RunStepsAsync(
            """
            - run: echo new > f && echo old > kept
            - uses: actions/upload-artifact@v4
              with: { path: f }
            - run: mkdir back && ln -s ../kept back/f
            - uses: actions/download-artifact@v4
              with: { name: artifact, path: back }
            - run: test "$(cat back/f kept)" = $'new\nold'
            """));
    }

    [Fact]
    public async Task A_cancelled_job_ends_its_upload()
    {
        var endless = new TaskCompletionSource();
        job.Settings = job.Settings with { Artifacts = new StalledArtifacts(endless) };
        using var cancel = new CancellationTokenSource();
        var running = job.RunStepsAsync("- run: echo > f\n- uses: actions/upload-artifact@v4\n  with: { path: f }", cancel.Token);
        await endless.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        await cancel.CancelAsync();

        Assert.Equal(Conclusion.Cancelled, (await running).Conclusion);
        Assert.Contains("##[error]The operation was canceled.", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_time_limit_ends_an_upload()
    {
        job.Settings = job.Settings with { Artifacts = new StalledArtifacts(new TaskCompletionSource()) };

        var result = await job.RunStepsAsync("- run: echo > f\n- uses: actions/upload-artifact@v4\n  timeout-minutes: 0.005\n  with: { path: f }");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("has timed out after 0.005 minutes.", job.Log, StringComparison.Ordinal);
    }

    private void Good(JobResult result) => Assert.True(result.Conclusion == Conclusion.Success, job.Log);

    private string FileOf(string artifact) => job.Artifacts.Files.Single(file => Path.GetFileNameWithoutExtension(file) == artifact);

    private string[] Names(string artifact)
    {
        using var zip = ZipFile.OpenRead(FileOf(artifact));
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }

    private static string Text(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>A zip beside the workspace, for a step to put in an artifact's place.</summary>
    private void Replace(string name, Action<ZipArchive> fill)
    {
        using var zip = ZipFile.Open(Path.Combine(job.Workspace, "..", "..", "..", name + ".zip"), ZipArchiveMode.Create);
        fill(zip);
    }
}
