using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Secrets;

/// <summary>The group <c>capstan variable</c>.</summary>
internal static class VariableCommands
{
    public static KeptValues<VariableResponse, PutVariableRequest> Group { get; } = new()
    {
        Word = "variable",
        Prompt = "Value",
        Help = (
            "Set, list and delete the configuration variables of a repository, an environment or an organization",
            "Make a variable, or give it another value",
            "List the variables with their values",
            "Delete a variable; runs that have started keep it"),
        Body = (value => new PutVariableRequest(value), () => ContractsJson.Default.PutVariableRequest),
        PageType = () => ContractsJson.Default.VariablePage,
        Columns = ["name", "value", "set"],
        Row = variable => [variable.Name, variable.Value, variable.UpdatedAt.ToString("u")],
    };
}
