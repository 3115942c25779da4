using System.CommandLine;

namespace Capstan.Cli.Runners;

/// <summary>Whose jobs a runner takes: <c>--org</c>, <c>--repo</c>, or everybody's when neither is given.</summary>
internal sealed class ScopeOptions
{
    private readonly Option<string?> organization = new("--org") { Description = "For the jobs of this organization", HelpName = "OWNER" };
    private readonly Option<string?> repository = new("--repo", "-R") { Description = "For the jobs of this repository", HelpName = "OWNER/REPOSITORY" };

    public void AddTo(Command command)
    {
        command.Options.Add(organization);
        command.Options.Add(repository);
    }

    /// <summary>Both null: everybody's.</summary>
    public (string? Owner, string? Repository) Read(ParseResult parsed)
    {
        var (owner, name) = (parsed.GetValue(organization), parsed.GetValue(repository));
        if (owner is not null && name is not null)
        {
            throw CommandException.Usage("Give --org or --repo, not both.");
        }

        if (name is null)
        {
            return (owner, null);
        }

        return name.Split('/') is [{ Length: > 0 } of, { Length: > 0 } path] ? (of, path) : throw CommandException.Usage($"'{name}' is no repository: name it as OWNER/REPOSITORY.");
    }
}
