using System.Text.Json;
using System.Text.Json.Serialization;

namespace Capstan.Runner.Agent;

/// <summary>What a registered runner keeps in its file (mode 0600): the credential is its only secret.</summary>
public sealed record RunnerRegistration(string ServerUrl, long RunnerId, string Name, string Credential)
{
    /// <summary>The labels of a runner on this machine that names none.</summary>
    public static IReadOnlyList<string> DefaultLabels { get; } = ["self-hosted", "linux", ArchitectureLabel, "ubuntu-latest"];

    private static string ArchitectureLabel => System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";

    /// <returns>Null when there is no file or it is not one of ours.</returns>
    public static RunnerRegistration? Read(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), RegistrationJson.Default.RunnerRegistration);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var temporary = file + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            JsonSerializer.Serialize(stream, this, RegistrationJson.Default.RunnerRegistration);
        }

        File.Move(temporary, file, overwrite: true);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RunnerRegistration))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
