using System.Text;

namespace Capstan.Server.Secrets;

/// <summary>
/// What names and values may be, and how many there may be.
/// Sources: https://docs.github.com/en/actions/reference/security/secrets and https://docs.github.com/en/actions/reference/workflows-and-actions/variables
/// </summary>
internal static class SecretRules
{
    /// <summary>Characters.</summary>
    public const int MaxNameLength = 255;

    /// <summary>UTF-8.</summary>
    public const int MaxValueBytes = 48 * 1024;

    public const int MaxSecretsOfEnvironment = 100;
    public const int MaxSecretsOfRepository = 100;
    public const int MaxSecretsOfOrganization = 1_000;

    /// <summary>Of an organization's secrets a job gets the first ones by name.</summary>
    public const int MaxOrganizationSecretsOfJob = 100;

    public const int MaxVariablesOfEnvironment = 100;
    public const int MaxVariablesOfRepository = 500;
    public const int MaxVariablesOfOrganization = 1_000;

    /// <summary>Names are compared without regard to case, and shown and stored in upper case.</summary>
    public static string Normal(string name) => name.ToUpperInvariant();

    /// <summary>All that is wrong with a name and a value, by field; empty when nothing is.</summary>
    /// <param name="value">Null in a request that has none.</param>
    public static Dictionary<string, string[]> Check(string name, string? value, bool mayBeEmpty)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (!IsName(name))
            errors["name"] = [$"'{name}' is no name: it has 1 to {MaxNameLength} letters, digits and underscores, and does not begin with a digit."];
        else if (name.StartsWith("GITHUB_", StringComparison.OrdinalIgnoreCase))
            errors["name"] = ["Names that begin with GITHUB_ are the system's own: choose another."];
        if (value is { Length: 0 } && !mayBeEmpty)
            errors["value"] = ["A secret is not empty. To take it away, delete it."];
        else if (value is not null && Encoding.UTF8.GetByteCount(value) > MaxValueBytes)
            errors["value"] = [$"A value has at most {MaxValueBytes / 1024} KB. Put a larger one into a file of the repository, encrypted, and its passphrase here."];
        else if (value?.Contains('\0', StringComparison.Ordinal) == true)
            errors["value"] = ["A value holds no character U+0000: an environment variable could not carry it."];
        return errors;
    }

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= MaxNameLength && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
