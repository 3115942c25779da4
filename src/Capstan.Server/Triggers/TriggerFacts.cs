using System.Text.Json;
using Capstan.Server.Git;

namespace Capstan.Server.Triggers;

/// <summary>What git says about an event: all that its workflows are decided by.</summary>
internal sealed record TriggerFacts
{
    /// <summary>The commit whose workflow files count.</summary>
    public required string HeadSha { get; init; }

    /// <summary><c>github.event</c>.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>Why no workflow is looked at; null: all are.</summary>
    public string? Why { get; init; }

    /// <summary>The only file that is asked for; null: all.</summary>
    public string? OnlyWorkflow { get; init; }

    /// <summary>The commit, when workflows are looked at.</summary>
    public Commit? Head { get; init; }

    /// <summary>Null where the event changes no paths.</summary>
    public PushHistory? History { get; init; }
}
