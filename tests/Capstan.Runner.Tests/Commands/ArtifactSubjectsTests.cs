using System.Text;
using System.Text.Json.Nodes;
using Capstan.Contracts;
using Capstan.Runner.Commands;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Commands;

public sealed class ArtifactSubjectsTests : IDisposable
{
    private const string OfA = "sha256:87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
    private const string Digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly TemporaryFolder workspace = new();
    private readonly ArtifactSubjects subjects = new();

    public ArtifactSubjectsTests()
    {
        Directory.CreateDirectory(workspace["dist/inner"]);
        File.WriteAllText(workspace["dist/a"], "a\n");
        File.WriteAllText(workspace["dist/inner/a"], "a\n");
        File.WriteAllText(workspace["a"], "other\n");
        File.CreateSymbolicLink(workspace["link"], "dist/a");
    }

    public void Dispose() => workspace.Dispose();

    [Theory]
    [InlineData("dist/a", $"file a {OfA}")]
    [InlineData("  dist/a\r\n\n# a comment\n", $"file a {OfA}")]
    [InlineData("FILE://dist/a", $"file a {OfA}")]
    [InlineData("link", $"file link {OfA}")]
    [InlineData("dist/a\ndist/inner/a", $"file a {OfA}")]
    [InlineData("ghcr.io/acme/app:v1@sha256:" + Digits, $"oci ghcr.io/acme/app:v1 sha256:{Digits}")]
    [InlineData("oci://ghcr.io/acme/app@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", $"oci ghcr.io/acme/app sha256:{Digits}")]
    [InlineData("app@sha512:" + Digits + Digits, $"oci app sha512:{Digits}{Digits}")]
    [InlineData("", "")]
    public void Lines_declare_files_and_images(string text, string declared)
    {
        Assert.Null(subjects.Take(text, workspace.Path, out var added));
        Assert.Equal(declared.Length == 0 ? 0 : 1, added);
        var list = declared.Split(' ') is [var kind, var name, var digest] ? $$"""{"name":"{{name}}","digest":"{{digest}}","kind":"{{kind}}"}""" : "";
        Assert.Equal($$"""{"version":1,"subjects":[{{list}}]}""", Encoding.UTF8.GetString(subjects.ToJson()));
    }

    [Fact]
    public void None_are_written_as_some_are_but_for_the_subjects()
    {
        Assert.Null(subjects.Take("dist/a", workspace.Path, out _));
        var some = JsonNode.Parse(subjects.ToJson())!;
        some["subjects"]!.AsArray().Clear();

        Assert.Equal(some.ToJsonString(), Encoding.UTF8.GetString(new ArtifactSubjects().ToJson()));
    }

    [Theory]
    [InlineData("x=y", "an entry has no '='")]
    [InlineData("dist", "'dist' is a directory, not a regular file")]
    [InlineData("nowhere", "file 'nowhere' does not exist (relative paths begin at the workspace")]
    [InlineData("/nowhere", "file '/nowhere' does not exist")]
    [InlineData("/dev/zero", "'/dev/zero' is not a regular file")]
    [InlineData("file://", "a path is missing")]
    [InlineData("https://example.org/a", "'https://' is no scheme it may have")]
    [InlineData("oci://app", "oci:// is followed by a reference and its digest")]
    [InlineData("oci://app@sha256:abc", "a digest of sha256 has 64 hexadecimal digits, and this one 3")]
    [InlineData("app@sha256:abc", "file 'app@sha256:abc' does not exist")]
    public void What_is_neither_is_refused_with_its_line(string line, string message)
    {
        Assert.StartsWith($"Invalid entry in $GITHUB_ARTIFACTS on line 2: {message}", subjects.Take("dist/a\n" + line, workspace.Path, out _), StringComparison.Ordinal);
        Assert.Equal(0, subjects.Count);
    }

    [Fact]
    public void One_name_has_one_digest()
    {
        Assert.Null(subjects.Take("dist/a", workspace.Path, out _));
        Assert.Null(subjects.Take("dist/inner/a", workspace.Path, out var again));
        Assert.Equal(0, again);
        Assert.Contains($"'a' was declared with {OfA} before, and now with sha256:", subjects.Take("a", workspace.Path, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_declares_five_hundred_at_most()
    {
        static string Images(int from, int count) => string.Join('\n', Enumerable.Range(from, count).Select(n => $"app{n}@sha256:{Digits}"));
        Assert.Null(subjects.Take(Images(0, 500), workspace.Path, out var added));
        Assert.Equal(500, added);
        Assert.Null(subjects.Take(Images(0, 500), workspace.Path, out _));
        Assert.Equal("Invalid entry in $GITHUB_ARTIFACTS on line 1: a job declares at most 500 artifacts", subjects.Take(Images(500, 1), workspace.Path, out _));
    }

    [Fact]
    public async Task Later_steps_read_what_earlier_ones_declared()
    {
        using var job = new JobHarness();
        var result = await job.RunStepsAsync(
            """
            - run: mkdir sub && echo a > sub/a && echo sub/a >> "$GITHUB_ARTIFACTS" && test "$(cat $GITHUB_ARTIFACTS_LIST)" = '{"version":1,"subjects":[]}'
            - run: |
                grep -q '"name":"a","digest":"sha256:87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7","kind":"file"' "$GITHUB_ARTIFACTS_LIST"
                test "${{ github.artifacts }} ${{ github.artifacts_list }}" = "$GITHUB_ARTIFACTS $GITHUB_ARTIFACTS_LIST"
                echo nonsense > "$GITHUB_ARTIFACTS_LIST" || true
            - run: grep -q '"name":"a"' "$GITHUB_ARTIFACTS_LIST"
            """);
        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.Contains("Captured 1 artifact subject(s) from this step (job total: 1).", job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo nowhere >> $GITHUB_ARTIFACTS", "Invalid entry in $GITHUB_ARTIFACTS on line 1: file 'nowhere' does not exist")]
    [InlineData("head -c 1048577 /dev/zero | tr '\\0' '#' > $GITHUB_ARTIFACTS", "The file of GITHUB_ARTIFACTS has 1024k; the limit is 1024k.")]
    public async Task A_file_that_cannot_be_understood_fails_its_step(string script, string message)
    {
        using var job = new JobHarness();
        Assert.Equal(Conclusion.Failure, (await job.RunStepsAsync("- run: " + script)).Conclusion);
        Assert.Contains("##[error]" + message, job.Log, StringComparison.Ordinal);
    }
}
