using System.Text.Json;

namespace Capstan.Cli.Client;

/// <summary>
/// Which server the client commands talk to, and as whom. <c>CAPSTAN_URL</c> and <c>CAPSTAN_TOKEN</c> win over what <c>capstan login</c> stored in
/// <c>$XDG_CONFIG_HOME/capstan/login.json</c>. A stored token goes only to the server that it was stored for.
/// </summary>
/// <param name="Url">Without a slash at its end; null when none is known.</param>
/// <param name="Token">An access token; null when nobody is signed in.</param>
internal sealed record ServerSettings(string? Url, string? Token, string? Username)
{
    public const string UrlVariable = "CAPSTAN_URL";
    public const string TokenVariable = "CAPSTAN_TOKEN";

    private const UnixFileMode OnlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The user's configuration folder for Capstan. It need not exist.</summary>
    public static string Folder(Func<string, string?> environment)
    {
        if (environment("XDG_CONFIG_HOME") is { Length: > 0 } configured)
        {
            return Path.Combine(configured, "capstan");
        }

        return environment("HOME") is { Length: > 0 } home
            ? Path.Combine(home, ".config", "capstan")
            : throw CommandException.Environment("Neither XDG_CONFIG_HOME nor HOME is set, so there is no place for the configuration. Set one of them.");
    }

    public static ServerSettings Load(Func<string, string?> environment)
    {
        var url = Normal(environment(UrlVariable));
        var token = environment(TokenVariable) is { Length: > 0 } given ? given : null;
        if (url is not null && token is not null)
        {
            return new ServerSettings(url, token, Username: null);
        }

        var stored = ReadFile(environment);
        if (stored is null || (url is not null && url != stored.Url))
        {
            return new ServerSettings(url, token, Username: null);
        }

        return token is null ? stored : stored with { Token = token, Username = null };
    }

    /// <summary>Stores this as the login, readable by the user only, replacing an earlier one in one step.</summary>
    public void Save(Func<string, string?> environment)
    {
        var folder = Folder(environment);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, FileName);
        var temporary = $"{file}.{Environment.ProcessId}";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OnlyTheUser }))
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("url", Url);
            writer.WriteString("username", Username);
            writer.WriteString("token", Token);
            writer.WriteEndObject();
        }

        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>The address without a slash at its end; null for nothing.</summary>
    /// <exception cref="CommandException">It is no http or https address.</exception>
    public static string? Normal(string? url)
    {
        if (string.IsNullOrEmpty(url))
        {
            return null;
        }

        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? url.TrimEnd('/')
            : throw CommandException.Usage($"'{url}' is no server address. Give one like http://127.0.0.1:8080.");
    }

    private const string FileName = "login.json";

    private static ServerSettings? ReadFile(Func<string, string?> environment)
    {
        if (environment("XDG_CONFIG_HOME") is null or "" && environment("HOME") is null or "")
        {
            return null;
        }

        var file = Path.Combine(Folder(environment), FileName);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var root = document.RootElement;
            return new ServerSettings(Normal(Text(root, "url")), Text(root, "token"), Text(root, "username"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw CommandException.Environment($"{file} cannot be read ({e.Message}). Remove it and run 'capstan login' again.");
        }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
}
