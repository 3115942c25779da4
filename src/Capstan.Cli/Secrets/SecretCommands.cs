using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Secrets;

/// <summary>The group <c>capstan secret</c>.</summary>
internal static class SecretCommands
{
    public static KeptValues<SecretResponse, PutSecretRequest> Group { get; } = new()
    {
        Word = "secret",
        Prompt = "Secret",
        Help = (
            "Set, list and delete the secrets of a repository, an environment or an organization",
            "Make a secret, or give it another value",
            "List the names of the secrets; nobody gets the values back",
            "Delete a secret; jobs that have started keep it"),
        Body = (value => new PutSecretRequest(value), () => ContractsJson.Default.PutSecretRequest),
        PageType = () => ContractsJson.Default.SecretPage,
        Columns = ["name", "set"],
        Row = secret => [secret.Name, secret.UpdatedAt.ToString("u")],
    };
}
