using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration;

/// <summary>What is known of a run attempt when it is created and never changes: the source of the contexts github, vars and inputs.</summary>
public sealed record RunFacts
{
    public required long RunId { get; init; }

    /// <summary>From 1, without gaps, per workflow.</summary>
    public required long RunNumber { get; init; }

    /// <summary>From 1.</summary>
    public int RunAttempt { get; init; } = 1;

    public required string WorkflowName { get; init; }

    /// <summary>As in the repository, for example <c>.github/workflows/ci.yml</c>.</summary>
    public required string WorkflowPath { get; init; }

    /// <summary>The commit the workflow file was read from.</summary>
    public required string WorkflowSha { get; init; }

    public required string EventName { get; init; }

    /// <summary>Gives the webhook's payload, <c>github.event</c>: an object, perhaps read anew with each call, because a server has many large ones. For any thread.</summary>
    public required Func<Value> ReadEvent { get; init; }

    /// <summary>Fully formed, for example <c>refs/heads/main</c>.</summary>
    public required string Ref { get; init; }

    public required string Sha { get; init; }

    /// <summary>The source branch of a pull request; empty for other events.</summary>
    public string HeadRef { get; init; } = "";

    /// <summary>The target branch of a pull request; empty for other events.</summary>
    public string BaseRef { get; init; } = "";

    public bool RefProtected { get; init; }

    /// <summary><c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    public long RepositoryId { get; init; }
    public long RepositoryOwnerId { get; init; }
    public required string Actor { get; init; }
    public long ActorId { get; init; }

    /// <summary>Who asked for this attempt; the actor when it is the first.</summary>
    public string? TriggeringActor { get; init; }

    /// <summary>The public address, without a slash at its end.</summary>
    public required string ServerUrl { get; init; }

    public string ApiUrl { get; init; } = "";

    /// <summary>Configuration variables that this run may see.</summary>
    public IReadOnlyDictionary<string, string> Vars { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The inputs with their types.</summary>
    public ObjectValue Inputs { get; init; } = ObjectValue.Empty;

    /// <summary>Values that replace or add properties of the github context (<c>capstan run --github</c>).</summary>
    public IReadOnlyDictionary<string, string> GithubOverrides { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
