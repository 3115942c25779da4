using Capstan.Server.Git;
using Npgsql;

namespace Capstan.Server.Triggers;

/// <summary>Reads what a push to one ref was, and whether workflows are looked at for it at all.</summary>
/// <remarks>Source: <see href="https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#push"/>.</remarks>
internal sealed class PushTrigger(GitFolder folder, TriggerEvents events)
{
    /// <summary>When more tags are pushed at once, none of them starts anything.</summary>
    public const int MaxTags = 3;

    /// <summary>When more branches are pushed at once, none of them starts anything.</summary>
    public const int MaxBranches = 5000;

    /// <summary>Names given to one git command; of a push with more new branches the rest count as old.</summary>
    private const int MaxNames = 500;

    public async Task<TriggerFacts> ReadAsync(
        NpgsqlConnection connection,
        ClaimedEvent @event,
        EventRepository repository,
        EventActor actor,
        ObjectReader reader,
        CancellationToken cancellationToken)
    {
        var refs = await events.RefsOfPushAsync(connection, @event.PushId!.Value);
        var command = refs.Single(moved => moved.Ref == @event.Ref);
        if (command.Deletes)
            return Nothing(command, at: null, "the ref was deleted");

        // A tag may name a tree or a blob, and an annotated one names a tag object that names the commit.
        if (await Commit.ReadAsync(reader, command.New, cancellationToken) is not { } head)
            return Nothing(command, at: null, "the ref names no commit");
        if (@event.PushedByJob is not null)
            return Nothing(command, head, "a job's token pushed it: what jobs push starts no run, so that no run starts itself again and again");
        if (RefName.BranchOf(command.Ref) is null && RefName.TagOf(command.Ref) is null)
            return Nothing(command, head, "the ref is neither a branch nor a tag");
        if (TooMany(command, refs) is { } tooMany)
            return Nothing(command, head, tooMany);

        // Tags add no commits: what they name is on a branch already, or nowhere.
        var history = RefName.BranchOf(command.Ref) is null
            ? null
            : await PushHistory.ReadAsync(folder, @event.RepositoryId, reader, head, command.Old, [.. refs.Select(moved => moved.Ref).Take(MaxNames)], cancellationToken);
        var skip = SkipInstruction.Find(head.Message);
        return new TriggerFacts
        {
            HeadSha = head.Sha,
            Head = head,
            History = history,
            Payload = EventPayload.Push(repository, actor, command, head, history),
            Why = skip is null ? null : $"the commit message of {head.Sha[..10]} says '{skip}'",
        };

        TriggerFacts Nothing(PushCommand push, Commit? at, string why) => new()
        {
            HeadSha = at?.Sha ?? push.New,
            Payload = EventPayload.Push(repository, actor, push, at, history: null),
            Why = why,
        };
    }

    private static string? TooMany(PushCommand command, IReadOnlyList<PushCommand> refs)
    {
        var isTag = RefName.TagOf(command.Ref) is not null;
        var together = refs.Count(moved => !moved.Deletes && (isTag ? RefName.TagOf(moved.Ref) : RefName.BranchOf(moved.Ref)) is not null);
        var limit = isTag ? MaxTags : MaxBranches;
        return together > limit ? $"{together} {(isTag ? "tags" : "branches")} were pushed at once; with more than {limit} none of them starts a workflow" : null;
    }
}
