namespace Capstan.Runner.Steps;

/// <summary>
/// The little of this process's environment that steps see. Everything else stays behind, so that no setting or secret of the program reaches a job.
/// </summary>
public static class BaseEnvironment
{
    /// <summary>Without these programs do not find each other, their user, the network or its certificates.</summary>
    private static readonly string[] Passed =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
        "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT",
        "DOTNET_ROOT", "JAVA_HOME",
    ];

    public static IReadOnlyDictionary<string, string> FromThisProcess()
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Passed)
        {
            if (Environment.GetEnvironmentVariable(name) is { } value) result[name] = value;
        }

        return result;
    }
}
