using System.CommandLine;

namespace Capstan.Cli.Repositories;

/// <summary>A repository as people name it: <c>owner/name</c>.</summary>
internal readonly record struct RepositoryName(string Owner, string Name)
{
    /// <summary>The path of the repository under the server's <c>/v1</c>.</summary>
    public string Address => $"v1/repos/{Uri.EscapeDataString(Owner)}/{Uri.EscapeDataString(Name)}";

    public static bool TryParse(string text, out RepositoryName name)
    {
        var parts = text.Split('/');
        var valid = parts is [{ Length: > 0 }, { Length: > 0 }];
        name = valid ? new RepositoryName(parts[0], parts[1]) : default;
        return valid;
    }

    public static Argument<RepositoryName> Argument() => new("repository")
    {
        Description = "owner/name",
        CustomParser = result =>
        {
            if (!TryParse(result.Tokens[0].Value, out var name))
            {
                result.AddError($"'{result.Tokens[0].Value}' does not name a repository: write it as owner/name.");
            }

            return name;
        },
    };
}
