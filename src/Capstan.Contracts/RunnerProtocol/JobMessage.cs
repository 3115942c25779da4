using System.Text.Json;

namespace Capstan.Contracts.RunnerProtocol;

/// <summary>
/// All a runner needs to execute one job: built when the execution is claimed, never stored. <see cref="Definition"/> and <see cref="Contexts"/> are opaque
/// here; <c>Capstan.Workflows</c> writes and reads them.
/// </summary>
public sealed record JobMessage
{
    public const int CurrentFormat = 1;

    public int Format { get; init; } = CurrentFormat;
    public required long ExecutionId { get; init; }
    public required long FencingToken { get; init; }
    public required long RunId { get; init; }
    public required long JobId { get; init; }

    /// <summary>The key in the file.</summary>
    public required string JobKey { get; init; }

    /// <summary>The shown name, with its matrix values.</summary>
    public required string JobName { get; init; }

    /// <summary>The job as template tokens, the form of <c>workflow show --template</c>: steps, env (workflow's, then job's), defaults, outputs, timeouts.</summary>
    public required JsonElement Definition { get; init; }

    /// <summary>An object with the contexts known when the job starts: github, needs, strategy, matrix, vars, inputs.</summary>
    public required JsonElement Contexts { get; init; }

    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The base address a job uses for its own server (<c>CAPSTAN_JOB_URL</c>), without a slash at its end.</summary>
    public required string ServerUrl { get; init; }

    /// <summary>The job token, also among <see cref="Secrets"/> as GITHUB_TOKEN: reads its own repository, dies with the execution.</summary>
    public required string Token { get; init; }

    /// <summary>Where actions are looked up that no repository of the server holds, without a slash at its end; null: nowhere.</summary>
    public string? ActionsUpstream { get; init; }

    /// <summary>Set when the execution goes on from an earlier one's step.</summary>
    public ResumePoint? Resume { get; init; }
}

public sealed record ResumePoint(long Execution, int Step);
