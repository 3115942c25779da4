using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Artifacts;

/// <summary>
/// What artifacts, and files in them, may be called: nothing that a file system of some machine does not take.
/// Source: https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts
/// </summary>
internal static class ArtifactNames
{
    /// <summary>A file's path has slashes where folders end.</summary>
    private const string ForbiddenInPath = "\":<>|*?\r\n";

    /// <summary>In bytes. Source: https://man7.org/linux/man-pages/man3/limits.h.0p.html (NAME_MAX)</summary>
    private const int LongestFileName = 255;

    private static readonly Dictionary<char, string> Names = new()
    {
        ['"'] = "Double quote \"",
        [':'] = "Colon :",
        ['<'] = "Less than <",
        ['>'] = "Greater than >",
        ['|'] = "Vertical bar |",
        ['*'] = "Asterisk *",
        ['?'] = "Question mark ?",
        ['\r'] = "Carriage return \\r",
        ['\n'] = "Line feed \\n",
        ['\\'] = "Backslash \\",
        ['/'] = "Forward slash /",
    };

    /// <returns>Why an artifact may not be called so; null when it may.</returns>
    public static string? Refusal(string name)
    {
        if (name.Length == 0) return "Provided artifact name input during validation is empty";
        if (name.Length > ArtifactProtocol.MaxNameLength) return $"The artifact name is not valid: it has {name.Length} characters, and {ArtifactProtocol.MaxNameLength} are allowed";
        if (name is "." or "..") return $"The artifact name is not valid: {name} is no file's name";
        return Character(name, ArtifactProtocol.ForbiddenInName) is { } forbidden ? $"The artifact name is not valid: {name}. Contains the following character: {forbidden}" : null;
    }

    /// <param name="path">Inside the artifact.</param>
    /// <returns>Why no file of an artifact may be called so; null when it may.</returns>
    public static string? PathRefusal(string path) => Character(path, ForbiddenInPath) is { } forbidden
        ? $"The path for one of the files in artifact is not valid: {path}. Contains the following character: {forbidden}. "
            + "Not every file system takes it, so the artifact could not be unpacked everywhere: rename the file, or exclude it with a line that begins with !"
        : null;

    /// <summary>What its file is called where people keep it.</summary>
    /// <param name="number">From 2 on: it stands beside others that are called the same.</param>
    public static string FileOf(JobArtifactResponse artifact, int number = 1)
    {
        var isNamedSo = artifact.ContentType != ArtifactProtocol.Zip || artifact.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
        var extension = isNamedSo ? Path.GetExtension(artifact.Name) : ".zip";
        var stem = isNamedSo ? artifact.Name[..^extension.Length] : artifact.Name;
        return Fitting(number == 1 ? stem : string.Create(CultureInfo.InvariantCulture, $"{stem}~{number}"), extension);
    }

    /// <summary>What the folder is called that it is unpacked into.</summary>
    public static string FolderOf(JobArtifactResponse artifact) => Fitting(artifact.Name, "");

    /// <summary>The name as it is, or its beginning, when a file system takes no such long one: a name of 255 characters can have 765 bytes.</summary>
    private static string Fitting(string stem, string extension)
    {
        const int hashChars = 8;
        var name = stem + extension;
        if (Encoding.UTF8.GetByteCount(name) <= LongestFileName) return name;
        var end = "~" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..hashChars];
        if (Encoding.UTF8.GetByteCount(extension) <= LongestFileName / 2) end += extension;
        var room = LongestFileName - Encoding.UTF8.GetByteCount(end);
        var begin = new StringBuilder();
        foreach (var rune in stem.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0) break;
            begin.Append(rune);
        }

        return begin + end;
    }

    private static string? Character(string text, string forbidden)
    {
        var at = text.AsSpan().IndexOfAny(forbidden);
        if (at >= 0) return Names[text[at]];
        return text.FirstOrDefault(char.IsControl) is not '\0' and var control ? $"control character {(int)control}" : text.Contains('\0', StringComparison.Ordinal) ? "NUL" : null;
    }
}
