using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Microsoft.Net.Http.Headers;

namespace Capstan.Server.Artifacts;

/// <summary>What an artifact may be called and said to be.</summary>
internal static class ArtifactRules
{
    public const string DefaultType = "binary";

    private const int MaxContentTypeLength = 255;

    public static readonly UploadKind Upload = new("actions_artifacts", ArtifactProtocol.MaxBytes);

    public static readonly IReadOnlyList<string> Types = [DefaultType, "image", "chart", "test-report", "coverage"];

    /// <summary>All that is wrong with the request, by field.</summary>
    public static Dictionary<string, string[]> Check(CreateArtifactRequest request)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.Name.Length is 0 or > ArtifactProtocol.MaxNameLength)
            errors["name"] = [$"A name has 1 to {ArtifactProtocol.MaxNameLength} characters."];
        else if (request.Name.FirstOrDefault(c => char.IsControl(c) || ArtifactProtocol.ForbiddenInName.Contains(c, StringComparison.Ordinal)) is var forbidden and not '\0')
            errors["name"] = [$"A name holds no {(char.IsControl(forbidden) ? "control character" : forbidden)}, because some file systems do not take it."];
        else if (request.Name.Contains('\0', StringComparison.Ordinal) || request.Name is "." or "..")
            errors["name"] = ["This name is no file's name."];
        if (request.ArtifactType is { } type && !Types.Contains(type))
            errors["artifact_type"] = [$"'{type}' is none of {string.Join(", ", Types)}."];
        if (request.ContentType is { } contentType && !(contentType.Length <= MaxContentTypeLength && MediaTypeHeaderValue.TryParse(contentType, out _)))
            errors["content_type"] = ["This is no content type, such as application/zip."];
        if (request.RetentionDays is < 1)
            errors["retention_days"] = ["An artifact is kept for a day at least."];
        return errors;
    }

    /// <summary>What people save it as.</summary>
    public static string FileName(string name, string contentType) =>
        contentType == ArtifactProtocol.Zip && !name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? $"{name}.zip" : name;
}
