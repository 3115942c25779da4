using System.Globalization;
using System.Text;

namespace Capstan.Runner.Checkout;

/// <summary>
/// The environment of a git that sees neither the user's nor the system's configuration and asks nobody anything. What it must know goes by the environment, never by a
/// command line, which every process of the machine can read.
/// </summary>
internal static class GitEnvironment
{
    /// <param name="from">What else the program sees.</param>
    /// <param name="settings">As in git's configuration.</param>
    public static Dictionary<string, string> Of(IReadOnlyDictionary<string, string> from, params IEnumerable<(string Name, string Value)> settings)
    {
        var environment = new Dictionary<string, string>(from, StringComparer.Ordinal)
        {
            ["GIT_TERMINAL_PROMPT"] = "0",
            ["GIT_CONFIG_NOSYSTEM"] = "1",
            ["GIT_CONFIG_GLOBAL"] = "/dev/null",
        };
        environment.Remove("GIT_DIR");
        environment.Remove("GIT_WORK_TREE");
        var count = 0;
        foreach (var (name, value) in settings.Prepend(("credential.helper", "")).Prepend(("core.hooksPath", "/dev/null")))
        {
            environment[string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_KEY_{count}")] = name;
            environment[string.Create(CultureInfo.InvariantCulture, $"GIT_CONFIG_VALUE_{count}")] = value;
            count++;
        }

        environment["GIT_CONFIG_COUNT"] = count.ToString(CultureInfo.InvariantCulture);
        return environment;
    }

    /// <summary>The setting by which git sends a token to a server.</summary>
    /// <param name="url">The server's address, without a slash at its end.</param>
    public static (string Name, string Value) Authorization(string url, string token) => ($"http.{url}/.extraheader", Header(token));

    public static string Header(string token) => "Authorization: Basic " + Credential(token);

    /// <summary>A token as the Basic scheme carries it.</summary>
    public static string Credential(string token) => Convert.ToBase64String(Encoding.UTF8.GetBytes("x-access-token:" + token));
}
