using System.Text.Json;
using Capstan.Server.Administration;

namespace Capstan.Cli.Serving;

/// <summary>How a script learns that <c>capstan up</c> serves, where, and with which first password. Appears whole or not at all.</summary>
internal static class ReadyFile
{
    private const UnixFileMode OnlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Write(string file, string url, FirstAdministratorResult administrator)
    {
        var temporary = $"{file}.{Environment.ProcessId}";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OnlyTheUser }))
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("url", url);
            writer.WriteString("username", administrator.Administrator.Username);
            if (administrator.OneTimePassword is { } password)
            {
                writer.WriteString("password", password);
            }

            writer.WriteEndObject();
        }

        File.Move(temporary, file, overwrite: true);
    }
}
