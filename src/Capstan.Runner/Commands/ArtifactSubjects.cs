using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Commands;

/// <summary>
/// What the steps of a job say they made, in GITHUB_ARTIFACTS: one file or image a line, by its digest. Later steps read all of it in GITHUB_ARTIFACTS_LIST. Thread-safe.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
/// </summary>
internal sealed class ArtifactSubjects
{
    /// <summary>Of one step's file.</summary>
    public const int MaxFileBytes = 1024 * 1024;

    /// <summary>Of one job; saying the same again does not count.</summary>
    public const int MaxSubjects = 500;

    private const int FormatVersion = 1;
    private const string FileScheme = "file://";
    private const string ImageScheme = "oci://";
    private const string FileKind = "file";
    private const string ImageKind = "oci";

    private static readonly Dictionary<string, int> DigestLengths = new(StringComparer.Ordinal) { ["sha256"] = 64, ["sha384"] = 96, ["sha512"] = 128 };

    /// <summary>What nearly every job has. In words of its own, because the first JSON that a process writes is dear.</summary>
    private static ReadOnlySpan<byte> NoSubjects => """{"version":1,"subjects":[]}"""u8;

    private readonly Lock gate = new();
    private Dictionary<string, Subject>? byName;
    private byte[]? asJson;

    public int Count
    {
        get
        {
            lock (gate) return byName?.Count ?? 0;
        }
    }

    /// <summary>Takes a step's file. A line that says nothing sound refuses all of it; of one that contradicts what was said before, the lines above it stay.</summary>
    /// <param name="workspace">Where relative paths begin, whatever the step's folder is.</param>
    /// <param name="added">New subjects.</param>
    /// <returns>What is wrong; null: nothing.</returns>
    public string? Take(string text, string workspace, out int added)
    {
        added = 0;
        var subjects = new List<(int Line, Subject Subject)>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var entry = line.Trim();
            if (entry.Length == 0 || entry[0] == '#') continue;
            try
            {
                subjects.Add((number, Parse(entry, workspace)));
            }
            catch (StepFailure failure)
            {
                return At(number, failure.Message);
            }
        }

        foreach (var (line, subject) in subjects)
        {
            if (Add(subject, ref added) is { } refusal) return At(line, refusal);
        }

        return null;
    }

    /// <summary><c>{"version":1,"subjects":[{"name","digest","kind"}]}</c>, by name.</summary>
    public byte[] ToJson()
    {
        // Asked for by every step, and hardly ever changed.
        lock (gate) return asJson ??= byName is null ? NoSubjects.ToArray() : Write(byName);
    }

    private static byte[] Write(Dictionary<string, Subject> byName)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("version", FormatVersion);
            json.WriteStartArray("subjects");
            foreach (var (name, digest, kind) in byName.Values.OrderBy(subject => subject.Name, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("digest", digest);
                json.WriteString("kind", kind);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private string? Add(Subject subject, ref int added)
    {
        lock (gate)
        {
            byName ??= new Dictionary<string, Subject>(StringComparer.Ordinal);
            if (byName.TryGetValue(subject.Name, out var known))
            {
                return known.Digest == subject.Digest ? null : $"'{subject.Name}' was declared with {known.Digest} before, and now with {subject.Digest}: give what differs different names";
            }

            if (byName.Count >= MaxSubjects) return string.Create(CultureInfo.InvariantCulture, $"a job declares at most {MaxSubjects} artifacts");
            byName[subject.Name] = subject;
            asJson = null;
            added++;
            return null;
        }
    }

    private static string At(int line, string message) => string.Create(CultureInfo.InvariantCulture, $"Invalid entry in $GITHUB_ARTIFACTS on line {line}: {message}");

    /// <exception cref="StepFailure">It is neither a file that is there nor an image with its digest.</exception>
    private static Subject Parse(string entry, string workspace)
    {
        if (entry.Contains('=', StringComparison.Ordinal)) throw new StepFailure("an entry has no '=': it is kept for later");
        if (entry.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase)) return FileOf(entry[FileScheme.Length..], workspace);
        if (entry.StartsWith(ImageScheme, StringComparison.OrdinalIgnoreCase))
        {
            return ImageOf(entry[ImageScheme.Length..], out var problem) ?? throw new StepFailure(problem ?? "oci:// is followed by a reference and its digest, name@sha256:…");
        }

        var scheme = entry.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && char.IsAsciiLetter(entry[0]) && entry[..scheme].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '+' or '.' or '-'))
        {
            throw new StepFailure($"'{entry[..scheme]}://' is no scheme it may have: {FileScheme} and {ImageScheme} are");
        }

        // What looks like an image without being one is a file with an odd name.
        return ImageOf(entry, out _) ?? FileOf(entry, workspace);
    }

    /// <param name="problem">Set when it has a digest, but not one of its kind.</param>
    private static Subject? ImageOf(string entry, out string? problem)
    {
        problem = null;
        var at = entry.LastIndexOf('@');
        if (at <= 0 || entry[(at + 1)..].Split(':') is not [var algorithm, { Length: > 0 } digits]) return null;
        if (!DigestLengths.TryGetValue(algorithm, out var length) || !digits.All(char.IsAsciiHexDigit)) return null;
        if (digits.Length == length) return new Subject(entry[..at], $"{algorithm}:{digits.ToLowerInvariant()}", ImageKind);
        problem = string.Create(CultureInfo.InvariantCulture, $"a digest of {algorithm} has {length} hexadecimal digits, and this one {digits.Length}");
        return null;
    }

    private static Subject FileOf(string path, string workspace)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal)) throw new StepFailure("a path is missing");
        var full = Path.GetFullPath(path, workspace);
        if (Directory.Exists(full)) throw new StepFailure($"'{path}' is a directory, not a regular file");
        if (Posix.RealPath(full) is not { } real)
        {
            throw new StepFailure(Path.IsPathRooted(path) ? $"file '{path}' does not exist" : $"file '{path}' does not exist (relative paths begin at the workspace, '{workspace}')");
        }

        if (!Posix.IsRegularFile(real)) throw new StepFailure($"'{path}' is not a regular file");
        using var stream = JobFile.Open(real);
        return new Subject(Path.GetFileName(full), "sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream)), FileKind);
    }

    private sealed record Subject(string Name, string Digest, string Kind);
}
