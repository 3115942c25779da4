using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration.Tests;

internal static class Facts
{
    public static readonly RunFacts OfAPush = new()
    {
        RunId = 7,
        RunNumber = 3,
        WorkflowName = "ci",
        WorkflowPath = ".github/workflows/ci.yml",
        WorkflowSha = "1111111111111111111111111111111111111111",
        EventName = "push",
        ReadEvent = () => ValueJson.Parse("""{"forced":true,"commits":[{"id":"1"}]}"""),
        Ref = "refs/heads/main",
        Sha = "1111111111111111111111111111111111111111",
        Repository = "acme/tools",
        RepositoryId = 11,
        RepositoryOwnerId = 12,
        Actor = "alice",
        ActorId = 13,
        ServerUrl = "http://localhost",
        Vars = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["REGION"] = "eu" },
        Inputs = new ObjectValue([new("deploy", Value.True)]),
    };
}
