using Capstan.Cli.Client;
using Xunit;

namespace Capstan.Cli.Tests.Client;

public sealed class ServerSettingsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("capstan-settings-");
    private readonly Dictionary<string, string> environment;

    public ServerSettingsTests() => environment = new() { ["XDG_CONFIG_HOME"] = folder.FullName };

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_is_saved_is_loaded_and_only_the_user_may_read_it()
    {
        var saved = new ServerSettings("http://127.0.0.1:8080", "secret", "ada");

        saved.Save(Variable);

        Assert.Equal(saved, ServerSettings.Load(Variable));
        var file = Path.Combine(folder.FullName, "capstan", "login.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        new ServerSettings("http://127.0.0.1:8080", "stored", "ada").Save(Variable);
        environment[ServerSettings.UrlVariable] = "https://ci.example/";
        environment[ServerSettings.TokenVariable] = "given";

        Assert.Equal(new ServerSettings("https://ci.example", "given", Username: null), ServerSettings.Load(Variable));
    }

    [Fact]
    public void A_stored_token_is_not_sent_to_another_server()
    {
        new ServerSettings("http://127.0.0.1:8080", "stored", "ada").Save(Variable);
        environment[ServerSettings.UrlVariable] = "https://ci.example";

        Assert.Null(ServerSettings.Load(Variable).Token);
    }

    [Fact]
    public void A_broken_file_is_refused_with_what_to_do()
    {
        Directory.CreateDirectory(Path.Combine(folder.FullName, "capstan"));
        File.WriteAllText(Path.Combine(folder.FullName, "capstan", "login.json"), "{");

        var refusal = Assert.Throws<CommandException>(() => ServerSettings.Load(Variable));

        Assert.Contains("capstan login", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_none_is_a_usage_error()
    {
        environment[ServerSettings.UrlVariable] = "ci.example";

        Assert.Equal(ExitCodes.Usage, Assert.Throws<CommandException>(() => ServerSettings.Load(Variable)).ExitCode);
    }

    private string? Variable(string name) => environment.GetValueOrDefault(name);
}
