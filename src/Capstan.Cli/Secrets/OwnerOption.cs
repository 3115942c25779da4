using System.CommandLine;
using Capstan.Cli.Client;
using Capstan.Workflows.Settings;

namespace Capstan.Cli.Secrets;

/// <summary>Whose secrets or variables a command is about: an organization's with <c>--org</c>, else a repository's, or with <c>--environment</c> those of one of its environments.</summary>
internal sealed class OwnerOption
{
    private readonly RepositoryOption repository = new();
    private readonly Option<string?> organization = new("--org") { Description = "Those of an organization, for all its repositories", HelpName = "ORG", Recursive = true };
    private readonly Option<string?> environment = new("--environment", "-e")
    {
        Description = "Those of an environment of the repository, for its jobs",
        HelpName = "NAME",
        Recursive = true,
    };

    /// <summary>On a group it holds for all commands in it.</summary>
    public void AddTo(Command group)
    {
        repository.AddTo(group);
        group.Options.Add(organization);
        group.Options.Add(environment);
    }

    /// <summary>The part of the API that is about the owner, without a slash at its end.</summary>
    public string Path(ParseResult parsed, ServerSettings settings)
    {
        var name = parsed.GetValue(environment);
        if (name is not null && EnvironmentSettings.NameProblem(name) is { } problem)
        {
            throw CommandException.Usage($"{problem}.");
        }

        if (parsed.GetValue(organization) is not { } owner)
        {
            return repository.Path(parsed, settings) + (name is null ? "" : $"/environments/{Uri.EscapeDataString(name)}");
        }

        return !repository.IsGiven(parsed) && name is null
            ? $"v1/orgs/{Uri.EscapeDataString(owner)}"
            : throw CommandException.Usage($"Give --org or {(name is null ? "--repo" : "--environment")}, not both.");
    }
}
