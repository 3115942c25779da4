using System.CommandLine;
using Capstan.Cli.Client;

namespace Capstan.Cli.Secrets;

/// <summary>Whose secrets or variables a command is about: an organization's with <c>--org</c>, else a repository's.</summary>
internal sealed class OwnerOption
{
    private readonly RepositoryOption repository = new();
    private readonly Option<string?> organization = new("--org") { Description = "Those of an organization, for all its repositories", HelpName = "ORG", Recursive = true };

    /// <summary>On a group it holds for all commands in it.</summary>
    public void AddTo(Command group)
    {
        repository.AddTo(group);
        group.Options.Add(organization);
    }

    /// <summary>The part of the API that is about the owner, without a slash at its end.</summary>
    public string Path(ParseResult parsed, ServerSettings settings)
    {
        if (parsed.GetValue(organization) is not { } owner)
        {
            return repository.Path(parsed, settings);
        }

        return repository.IsGiven(parsed) ? throw CommandException.Usage("Give --org or --repo, not both.") : $"v1/orgs/{Uri.EscapeDataString(owner)}";
    }
}
