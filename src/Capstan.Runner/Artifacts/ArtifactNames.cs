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
        ? $"The path for one of the files in artifact is not valid: {path}. Contains the following character: {forbidden}. Not every file system takes it, so the artifact could not be unpacked everywhere: rename the file, or exclude it with a line that begins with !"
        : null;

    /// <summary>What its file is called where people keep it.</summary>
    public static string FileOf(JobArtifactResponse artifact) =>
        artifact.ContentType == ArtifactProtocol.Zip && !artifact.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? artifact.Name + ".zip" : artifact.Name;

    private static string? Character(string text, string forbidden)
    {
        var at = text.AsSpan().IndexOfAny(forbidden);
        if (at >= 0) return Names[text[at]];
        return text.FirstOrDefault(char.IsControl) is not '\0' and var control ? $"control character {(int)control}" : text.Contains('\0', StringComparison.Ordinal) ? "NUL" : null;
    }
}
